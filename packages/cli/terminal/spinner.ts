import type { Palette } from './palette.ts'

const turns = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'] as const

/** How often it turns, and whatever stands beside it is drawn. */
export const spinnerMs = 100

/** One sign that turns with time: something is going on. */
export const renderSpinner = ({ palette, nowMs }: { readonly palette: Palette; readonly nowMs: number }): string =>
  palette.cyan(turns[Math.floor(nowMs / spinnerMs) % turns.length] ?? '')
