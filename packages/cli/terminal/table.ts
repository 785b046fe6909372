import stringWidth from 'fast-string-width'
import { cut } from './cut.ts'
import type { Screen } from './screen.ts'

/** May be coloured. Several are the same said shorter and shorter. */
export type Cell = string | readonly string[]

/** What is given up where there is no room: a whole column, or the ends of what stands in it. */
export type Spare =
  | { readonly kind: 'drop'; readonly title: string }
  | { readonly kind: 'shorten'; readonly title: string }

export interface TableLook extends Screen {
  /** The least important first; unless said, whole columns from the last on. The first column is never left out. */
  readonly spare?: readonly Spare[]
}

/** Lines of a table: a dim head, then rows, each column as wide as its widest cell, and no wider than the screen while something is spare. */
export const renderTable = (
  head: readonly string[],
  rows: readonly (readonly Cell[])[],
  { palette, columns: limit, spare = dropFromEnd(head) }: TableLook,
): readonly string[] => {
  const all = head.map((title, at) => ({ title, cells: rows.map((row) => row[at] ?? '') }))
  const kept = spare.reduce<readonly Column[]>((columns, each) => giveUp(columns, each, limit), all)
  const lines = rows.map((_, at) => kept.map(({ cells }) => longest(cells[at] ?? '')))
  return renderColumns([kept.map(({ title }) => palette.dim(title)), ...lines])
}

export const drop = (...titles: readonly string[]): readonly Spare[] => titles.map((title) => ({ kind: 'drop', title }))
export const shorten = (...titles: readonly string[]): readonly Spare[] =>
  titles.map((title) => ({ kind: 'shorten', title }))

/** Of numbers half says less than nothing. */
const dropFromEnd = (head: readonly string[]): readonly Spare[] => drop(...head.slice(1).toReversed())

interface Column {
  readonly title: string
  readonly cells: readonly Cell[]
}

const gapColumns = 2
/** Less says nothing any more. */
const leastColumns = 12

const giveUp = (columns: readonly Column[], { kind, title }: Spare, limit: number): readonly Column[] => {
  const excess = columns.reduce((sum, column) => sum + widthOf(column) + gapColumns, -gapColumns) - limit
  if (excess <= 0) return columns
  if (kind === 'drop') return columns.filter((column) => column.title !== title)
  return columns.map((column) =>
    column.title === title ? shortenTo(column, Math.max(leastColumns, widthOf(column) - excess)) : column,
  )
}

const shortenTo = ({ title, cells }: Column, columns: number): Column => ({
  title,
  cells: cells.map((cell) => {
    const versions = listVersions(cell)
    return versions.find((version) => stringWidth(version) <= columns) ?? cut(versions.at(-1) ?? '', columns)
  }),
})

const widthOf = ({ title, cells }: Column): number =>
  cells.reduce((most, cell) => Math.max(most, stringWidth(longest(cell))), stringWidth(title))

const listVersions = (cell: Cell): readonly string[] => (typeof cell === 'string' ? [cell] : cell)
const longest = (cell: Cell): string => listVersions(cell)[0] ?? ''

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
