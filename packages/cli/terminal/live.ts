import type { Output } from '../cli.ts'
import { cut } from './cut.ts'

/** A few lines at the bottom of a terminal that are drawn anew in place. */
export interface Live {
  /** Puts these lines where the last ones were; lines beyond the height of the terminal are left out. */
  readonly draw: (lines: readonly string[]) => void
  /** Prints above the lines, for good. */
  readonly print: (text: string) => void
  /** Takes the lines away. */
  readonly clear: () => void
}

const escape = '\u001B['

export const createLive = (output: Output): Live => {
  let drawn: readonly string[] = []
  const erase = (): string => (drawn.length === 0 ? '' : `${escape}${drawn.length}A\r${escape}J`)
  const replace = (lines: readonly string[], above = ''): void => {
    const next = fit(lines, output)
    output.write(erase() + above + next.map((line) => `${line}\n`).join(''))
    drawn = next
  }
  return {
    draw: (lines) => replace(lines),
    print: (text) => replace(drawn, text.endsWith('\n') ? text : `${text}\n`),
    clear: () => replace([]),
  }
}

/** A line that wraps would be counted as one but take two, and the next drawing would leave rubbish behind. */
const fit = (lines: readonly string[], output: Output): readonly string[] => {
  const columns = output.columns() - 1
  const rows = Math.max(3, output.rows() - 2)
  const shown = lines.length > rows ? [...lines.slice(0, rows - 1), `... ${lines.length - rows + 1} more lines`] : lines
  return shown.map((line) => cut(line, columns))
}
