/** IEEE 754 half precision, as bits in a number: Node 20 has no Float16Array. */

const single = new Float32Array(1)
const singleBits = new Uint32Array(single.buffer)

/** The value of 16 bits. */
export function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >> 10) & 0x1f
  const fraction = bits & 0x3ff
  if (exponent === 0) return sign * fraction * 2 ** -24
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
}

/** The 16 bits nearest to `value`, ties to even; what is too large is infinite. */
export function numberToHalf(value: number): number {
  if (Number.isNaN(value)) return 0x7e00
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0
  const size = Math.abs(value)
  if (size >= 65520) return sign | 0x7c00
  if (size < 2 ** -14) return sign | roundHalfEven(size * 2 ** 24)
  single[0] = size
  // Only the exponent is taken from the single: its fraction is rounded already, and rounding twice can err.
  let exponent = (singleBits[0]! >> 23) - 127
  if (2 ** exponent > size) exponent--
  // A fraction that rounds up to 1024 carries into the exponent, which is what adding does.
  return sign | (((exponent + 15) << 10) + roundHalfEven((size / 2 ** exponent - 1) * 1024))
}

function roundHalfEven(value: number): number {
  const floor = Math.floor(value)
  const rest = value - floor
  if (rest !== 0.5) return Math.round(value)
  return floor % 2 === 0 ? floor : floor + 1
}
