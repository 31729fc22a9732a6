/** The shortest decimal number, as a float64, that rounds to the float32 `value`: 0.1 rather than 0.10000000149011612. */
export function shortestFloat32(value: number): number {
  for (let digits = 1; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits))
    if (Math.fround(short) === value) return short
  }
  // Nine significant digits always tell float32 values apart (IEEE 754, 5.12.2).
  return Number(value.toPrecision(9))
}

/** Float32 values as numbers to print; parsing what is printed and rounding to float32 gives them back. */
export function printable(values: Float32Array): number[] {
  return Array.from(values, shortestFloat32)
}
