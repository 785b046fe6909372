import type { Cause } from '@atoll/deploy'
import type { Palette } from './palette.ts'
import { renderColumns } from './table.ts'

/** Why a service failed, with the proof below it. */
export const renderCause = (cause: Cause, palette: Palette): readonly string[] => [
  `${palette.red('✗')} ${renderMessage(cause, palette)}`,
  ...(cause.hint === undefined ? [] : [`  ${palette.dim('→')} ${cause.hint}`]),
  ...renderBlock('nodes', renderColumns(cause.nodes.map(({ node, reason }) => [node, reason])), palette),
  ...renderBlock('health check said', cause.health.flatMap(splitLines), palette),
  ...renderBlock('last lines of its log', cause.logs, palette),
]

/** Most messages begin with the service, as a sentence does. */
const renderMessage = ({ service, message }: Cause, palette: Palette): string =>
  message.startsWith(service)
    ? `${palette.bold(service)}${message.slice(service.length)}`
    : `${palette.bold(service)}: ${message}`

const splitLines = (text: string): readonly string[] => text.trimEnd().split('\n')

const renderBlock = (title: string, lines: readonly string[], palette: Palette): readonly string[] =>
  lines.length === 0 ? [] : [`  ${palette.dim(`${title}:`)}`, ...lines.map((line) => `  ${palette.dim('│')} ${line}`)]
