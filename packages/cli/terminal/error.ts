import type { Palette } from './palette.ts'

/** What went wrong and, in a line of its own, what to do next. */
export const renderError = (message: string, hint: string | undefined, palette: Palette): string => {
  const head = `${palette.red('error:')} ${message}\n`
  return hint === undefined ? head : `${head}${palette.dim('  →')} ${hint}\n`
}
