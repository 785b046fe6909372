import type { Output } from '../cli.ts'
import type { Palette } from './palette.ts'

/** What a picture is drawn on. */
export interface Screen {
  readonly palette: Palette
  /** Infinity where it is no terminal: nothing is left out of a file, or of what another program reads. */
  readonly columns: number
}

/** One column less than there are: a line that fills the last one makes some terminals begin another. */
export const screenOf = ({ palette, isTerminal, columns }: Output): Screen => ({
  palette,
  columns: isTerminal ? columns() - 1 : Infinity,
})
