import type { WhatIfAnswer } from '@atoll/deploy'
import { renderProcessors } from '@atoll/plan'
import type { ServiceLoss, WhatIf } from '@atoll/plan'
import type { Palette } from './palette.ts'
import type { Screen } from './screen.ts'
import { renderBytes } from './size.ts'
import { drop, renderTable } from './table.ts'

interface Look extends Screen {
  readonly isAlone?: true | undefined
}

const aloneNote = 'other apps are left out of account, as you may not see them: they may take the room'

/** What would be lost with nodes that go together: each service that has tasks there, then the nodes that are left. */
export const renderWhatIf = (outcome: WhatIf, { isAlone, ...screen }: Look): readonly string[] => [
  renderHead(outcome, screen.palette),
  ...renderServices(outcome, screen),
  '',
  ...(isAlone === true ? [aloneNote] : renderRooms(outcome, screen)),
  '',
  renderMajority(outcome, screen.palette),
  renderVerdict([outcome], screen.palette),
]

/** The same of each node in turn, a line each, with what would be missed below it. */
export const renderEach = ({ outcomes, isAlone }: WhatIfAnswer, screen: Screen): readonly string[] => {
  const { palette } = screen
  const head = ['WITHOUT', 'SERVICES', 'TASKS', 'MOVE', 'LOST', 'MANAGERS', 'SURVIVES']
  const rows = outcomes.map(({ lost, totals, managers, survives }) => [
    palette.bold(lost.join(', ')),
    String(totals.services),
    String(totals.tasks),
    String(totals.moved),
    totals.lost === 0 ? '0' : palette.red(String(totals.lost)),
    `${managers.left}/${managers.all}`,
    survives ? palette.green('yes') : palette.red('no'),
  ])
  const [titles = '', ...lines] = renderTable(head, rows, { ...screen, spare: drop('SERVICES', 'TASKS', 'MOVE') })
  const body = outcomes.flatMap((outcome, at) => [lines[at] ?? '', ...renderMissed(outcome, palette)])
  return [titles, ...body, '', ...(isAlone === true ? [aloneNote] : []), renderVerdict(outcomes, palette)]
}

const renderHead = ({ lost, totals: { services, tasks, moved } }: WhatIf, palette: Palette): string =>
  `without ${palette.bold(lost.join(', '))}: ${count(tasks, 'task')} of ${count(services, 'service')}, of which ${moved} start elsewhere`

const count = (number: number, what: string): string => `${number} ${what}${number === 1 ? '' : 's'}`

const renderServices = ({ services }: WhatIf, screen: Screen): readonly string[] => {
  const { palette } = screen
  if (services.length === 0) return []
  const rows = services.map((loss) => [
    palette.bold(nameService(loss)),
    `${loss.before} -> ${loss.after}`,
    loss.lost > 0 ? palette.red('loses') : palette.green(loss.moved > 0 ? 'moves' : 'goes with it'),
    describeService(loss),
  ])
  // What is said of a service wraps: it is what was asked for.
  return ['', ...renderTable(['SERVICE', 'TASKS', '', ''], rows, { ...screen, spare: [] })]
}

const describeService = (loss: ServiceLoss): string => {
  const missed = explainMissed(loss)
  if (missed !== '') return missed
  return loss.isInterrupted && loss.moved > 0 ? 'away until it has started there' : ''
}

const explainMissed = ({ because, emptyVolumes }: ServiceLoss): string =>
  [...because, ...(emptyVolumes.length === 0 ? [] : [`its volume ${emptyVolumes.join(', ')} is empty there`])].join(
    '; ',
  )

/** `shop/production web`; of somebody else the engine's name alone. */
const nameService = ({ ref, service }: ServiceLoss): string =>
  ref === undefined ? service : `${ref.app}/${ref.environment} ${service}`

const renderMissed = ({ services }: WhatIf, palette: Palette): readonly string[] =>
  services
    .filter((loss) => explainMissed(loss) !== '')
    .map((loss) => `  ${palette.red('!')} ${nameService(loss)} ${loss.before} -> ${loss.after}: ${explainMissed(loss)}`)

const renderRooms = ({ nodes }: WhatIf, screen: Screen): readonly string[] => {
  const { palette } = screen
  if (nodes.length === 0) return ['no node is left']
  const rows = nodes.map(({ node, takesTasks, tasks, freeMemoryBytes, freeNanoCpus }) => [
    palette.bold(node),
    String(tasks),
    renderBytes(freeMemoryBytes),
    renderProcessors(freeNanoCpus),
    takesTasks ? '' : palette.yellow('takes no tasks'),
  ])
  return renderTable(['NODE', 'TASKS', 'MEMORY NOT RESERVED', 'NOR PROCESSORS', ''], rows, {
    ...screen,
    spare: drop('TASKS'),
  })
}

const renderMajority = ({ managers: { all, left, needed } }: WhatIf, palette: Palette): string => {
  const text = `managers: ${left} of ${all} are left, ${needed} are needed`
  return left >= needed ? text : palette.red(text)
}

const renderVerdict = (outcomes: readonly WhatIf[], palette: Palette): string => {
  const bad = outcomes.filter(({ survives }) => !survives)
  if (bad.length === 0) return `survives: ${palette.green('yes')}`
  return `survives: ${palette.red('no')}, not without ${bad.map(({ lost }) => lost.join(' and ')).join(', nor without ')}`
}
