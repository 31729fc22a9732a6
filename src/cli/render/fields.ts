/** One record as CSV: a header and a row. Cells that a spreadsheet would run as formulas are quoted with a '. */
export function renderFields(fields: readonly string[], record: Readonly<Record<string, unknown>>): string {
  return `${fields.join(',')}\n${fields.map((field) => csvCell(record[field])).join(',')}\n`
}

export function csvCell(value: unknown): string {
  if (value === null || value === undefined) return ''
  const text = String(value)
  const safe = typeof value === 'string' && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
