import type { Change, Field, Finding } from '@atoll/server/declared'
import type { Palette } from './palette.ts'

export interface NodePlan {
  readonly node: string
  readonly changes: readonly Change[]
  readonly findings: readonly Finding[]
}

/** What is to be done on one server, property by property, old -> new. */
export const renderServerPlan = ({ node, changes, findings }: NodePlan, palette: Palette): readonly string[] => [
  `${palette.bold(node)}${changes.length === 0 ? palette.green(' is as declared') : ''}`,
  ...changes.flatMap((change) => renderChange(change, palette)),
  ...findings.map(({ subject, message, hint }) => `  ${palette.yellow('!')} ${subject}: ${message}; ${hint}`),
]

const renderChange = ({ subject, fields, note }: Change, palette: Palette): readonly string[] => [
  `  ${palette.yellow('~')} ${subject}`,
  ...fields.map((field) => `      ${renderField(field, palette)}`),
  ...(note === undefined ? [] : [`      ${palette.dim(note)}`]),
]

const renderField = ({ name, before, after }: Field, palette: Palette): string => {
  if (before === undefined) return `${name}: ${palette.green(`+ ${after ?? ''}`)}`
  if (after === undefined) return `${name}: ${palette.red(`- ${before}`)}`
  return `${name}: ${palette.red(before)} -> ${palette.green(after)}`
}
