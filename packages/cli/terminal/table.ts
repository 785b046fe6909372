import stringWidth from 'fast-string-width'
import type { Palette } from './palette.ts'

/** Lines of a table: a dim head, then rows, each column as wide as its widest cell. Cells may be coloured. */
export const renderTable = (
  head: readonly string[],
  rows: readonly (readonly string[])[],
  palette: Palette,
): readonly string[] => renderColumns([head.map((cell) => palette.dim(cell)), ...rows])

/** The same without the last columns that have no room: half a column says less than none. */
export const renderFittingTable = (
  head: readonly string[],
  rows: readonly (readonly string[])[],
  { palette, columns }: { readonly palette: Palette; readonly columns: number },
): readonly string[] => {
  const lines = renderTable(head, rows, palette)
  if (head.length <= 1 || lines.every((line) => stringWidth(line) <= columns)) return lines
  const fewer = head.length - 1
  return renderFittingTable(
    head.slice(0, fewer),
    rows.map((row) => row.slice(0, fewer)),
    { palette, columns },
  )
}

/** The same without a head. The last column is not padded, so that lines end where their text ends. */
export const renderColumns = (rows: readonly (readonly string[])[], gap = '  '): readonly string[] => {
  const widths: number[] = []
  for (const row of rows) row.forEach((cell, at) => (widths[at] = Math.max(widths[at] ?? 0, stringWidth(cell))))
  return rows.map((row) =>
    row
      .map((cell, at) => padEnd(cell, widths[at] ?? 0))
      .join(gap)
      .trimEnd(),
  )
}

const padEnd = (cell: string, width: number): string => cell + ' '.repeat(Math.max(0, width - stringWidth(cell)))
