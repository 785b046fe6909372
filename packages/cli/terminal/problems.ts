import type { Problem } from '@atoll/spec'
import type { Palette } from './palette.ts'

/** One line per problem that editors can jump to, its hint below it, and a last line that counts. */
export const renderProblems = (problems: readonly Problem[], palette: Palette): string => {
  const shown = problems.slice(0, maximumShown)
  const rest = problems.length - shown.length
  const more = rest > 0 ? [palette.dim(`... and ${rest} more`)] : []
  return (
    [...shown.flatMap((problem) => renderProblem(problem, palette)), ...more, countLine(problems)].join('\n') + '\n'
  )
}

/** More than this hides the first ones, which are most often the cause of the others. */
const maximumShown = 100

const renderProblem = (problem: Problem, palette: Palette): readonly string[] => {
  const { path, line, column, key, severity, message, hint } = problem
  const place = path === '' ? '' : `${palette.bold(`${path}:${line}:${column}`)}: `
  const label =
    severity === 'error' ? palette.red(key || 'error') : palette.yellow(key ? `${key} (warning)` : 'warning')
  const head = `${place}${label}: ${message}`
  return hint === undefined ? [head] : [head, `${palette.dim('  →')} ${hint}`]
}

const countLine = (problems: readonly Problem[]): string => {
  const errors = problems.filter((problem) => problem.severity === 'error').length
  const warnings = problems.length - errors
  const parts = [...(errors > 0 ? [count(errors, 'error')] : []), ...(warnings > 0 ? [count(warnings, 'warning')] : [])]
  return parts.join(', ')
}

export const count = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? '' : 's'}`
