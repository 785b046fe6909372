import type { DrainBegun, Receipt } from '@atoll/deploy'
import type { DrainedService, DrainProgress } from '@atoll/plan'
import { nameService } from './nodes.ts'
import type { Palette } from './palette.ts'
import { renderColumns } from './table.ts'
import { renderClock, renderDuration } from './time.ts'
import { summarizeVisitors } from './visitors.ts'

interface Look {
  readonly palette: Palette
  readonly nowMs: number
}

/** What was asked for, and until when what cannot move runs. */
export const renderBegun = ({ node, isBegun, untilMs }: DrainBegun, { palette, nowMs }: Look): string => {
  const begin = isBegun ? `draining ${palette.bold(node)}` : `${palette.bold(node)} is being drained already`
  if (untilMs <= nowMs) return `${begin}; what cannot move is stopped`
  return `${begin}; what cannot move runs until ${renderClock(untilMs)}, for ${renderDuration(untilMs - nowMs)}`
}

/** A line for each service that is there, or not whole yet. */
export const renderProgress = (
  { node, tasks, stage }: DrainProgress,
  services: readonly DrainedService[],
  palette: Palette,
) => [
  ...renderColumns(
    services.map((service) => [
      `  ${palette.bold(nameService(service))}`,
      renderCount(service),
      renderWay(service, { stage, palette }),
    ]),
  ),
  `${node}: ${tasks} task${tasks === 1 ? '' : 's'} left${stage === 'moving' ? '' : ', takes no more'}`,
]

const renderCount = ({ here, elsewhere, wanted }: DrainedService): string =>
  `${here} here, ${elsewhere}${wanted === undefined ? '' : ` of ${wanted}`} elsewhere`

interface Seen {
  readonly stage: DrainProgress['stage']
  readonly palette: Palette
}

const renderWay = ({ way, because }: DrainedService, { stage, palette }: Seen): string => {
  switch (way) {
    case 'moves':
      return 'starts elsewhere before it stops here'
    case 'follows':
      return stage === 'moving' ? 'waits for its turn' : 'stops here, starts elsewhere'
    case 'stays':
      return `${palette.yellow('cannot move')}: ${because.join('; ')}`
    case 'ends':
      return 'one on each node: ends with it'
    case 'away':
      return 'starting elsewhere'
  }
}

export interface DrainEnd {
  readonly node: string
  /** Services that ran there and run elsewhere. */
  readonly moved: readonly DrainedService[]
  /** Those that could not move. */
  readonly stopped: readonly DrainedService[]
  /** Those that were started elsewhere and did not become healthy in time. */
  readonly missing: readonly DrainedService[]
}

interface Told extends DrainEnd {
  /** Of the deployments by which its apps left. */
  readonly receipts: readonly Receipt[]
}

export const renderEnd = ({ node, moved, stopped, missing, receipts }: Told, palette: Palette): readonly string[] => [
  `${palette.bold(node)} is drained; ${moved.length} service${moved.length === 1 ? '' : 's'} moved`,
  ...receipts.flatMap((receipt) => renderMeasured(receipt, palette)),
  ...stopped.map(
    (service) =>
      `${palette.yellow('stopped:')} ${nameService(service)}: ${service.because.join('; ')}; it starts when "atoll node resume ${node}" was said`,
  ),
  ...missing.map(
    (service) => `${palette.red('not healthy:')} ${nameService(service)}: ${renderCount(service)}; see "atoll why"`,
  ),
]

const renderMeasured = ({ app, environment, deployment, visitors }: Receipt, palette: Palette): readonly string[] => {
  const name = `${app}/${environment}`
  return [
    ...(visitors === undefined ? [] : [`  ${palette.bold(name)}: ${summarizeVisitors(visitors, palette)}`]),
    palette.dim(`  atoll receipt ${deployment} --app ${name}   says what was measured`),
  ]
}
