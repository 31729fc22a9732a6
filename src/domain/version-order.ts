/**
 * The order of version names: runs of digits compare as numbers, the rest as text, so `v1.2-real` stands before
 * `v1.10-real`. Ties between names that differ only in leading zeros fall back to plain text order.
 */
export function compareVersions(a: string, b: string): number {
  const left = a.match(/\d+|\D+/g) ?? []
  const right = b.match(/\d+|\D+/g) ?? []
  const length = Math.min(left.length, right.length)
  for (let i = 0; i < length; i++) {
    const order = compareRuns(left[i] as string, right[i] as string)
    if (order !== 0) return order
  }
  return left.length - right.length || compareText(a, b)
}

function compareRuns(a: string, b: string): number {
  if (!/^\d/.test(a) || !/^\d/.test(b)) return compareText(a, b)
  const left = a.replace(/^0+(?=\d)/, '')
  const right = b.replace(/^0+(?=\d)/, '')
  return left.length - right.length || compareText(left, right)
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
