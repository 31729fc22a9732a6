/**
 * exp and log from +, -, * and / alone.
 *
 * ECMAScript leaves the last bits of Math.exp and Math.log to the engine, so a V8 upgrade may change them, and with
 * them every trained weight. IEEE 754 fixes the four operations and Math.sqrt to the bit.
 */

const LN2_HIGH = 0.6931471803691238 // ln 2 cut to 32 bits, so that k * LN2_HIGH is exact; fdlibm's e_exp.c
const LN2_LOW = 1.9082149292705877e-10 // ln 2 - LN2_HIGH
const EXP_TERMS = 14
const LOG_TERMS = 11

const scratch = new DataView(new ArrayBuffer(8))

/** 2^k for an integer k in -1022..1023. */
function powerOfTwo(k: number): number {
  scratch.setUint32(0, (k + 1023) << 20)
  scratch.setUint32(4, 0)
  return scratch.getFloat64(0)
}

/** e^x, relative error below 1e-15; 0 below -708 (no subnormal results), Infinity above 709. */
export function exp(x: number): number {
  if (x < -708) return 0
  if (x > 709) return Infinity
  const k = Math.floor(x / (LN2_HIGH + LN2_LOW) + 0.5)
  const r = x - k * LN2_HIGH - k * LN2_LOW
  let sum = 1
  for (let n = EXP_TERMS; n >= 1; n--) sum = 1 + (sum * r) / n
  return sum * powerOfTwo(k)
}

/** Natural logarithm of a normal x > 0, absolute error below 1e-15 near 1 and relative below 1e-15 elsewhere. */
export function log(x: number): number {
  scratch.setFloat64(0, x)
  const high = scratch.getUint32(0)
  let exponent = (high >>> 20) - 1023
  scratch.setUint32(0, (high & 0xfffff) | 0x3ff00000)
  let mantissa = scratch.getFloat64(0)
  if (mantissa > Math.SQRT2) {
    mantissa /= 2
    exponent += 1
  }
  // ln m = 2 atanh((m - 1) / (m + 1)), and |s| <= 0.1716 makes eleven terms enough.
  const s = (mantissa - 1) / (mantissa + 1)
  const square = s * s
  let sum = 0
  for (let n = LOG_TERMS - 1; n >= 0; n--) sum = sum * square + 1 / (2 * n + 1)
  return exponent * LN2_HIGH + (2 * s * sum + exponent * LN2_LOW)
}

/** 1 / (1 + e^-x), in 0..1; never overflows. */
export function sigmoid(x: number): number {
  if (x >= 0) return 1 / (1 + exp(-x))
  const e = exp(x)
  return e / (1 + e)
}
