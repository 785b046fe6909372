import type { ServiceStatus, TaskStatus } from '@atoll/deploy'
import type { SeenStatus } from '../cluster/cluster.ts'
import { renderCanary } from './canary.ts'
import type { Palette } from './palette.ts'
import type { Screen } from './screen.ts'
import { drop, renderColumns, renderTable, shorten } from './table.ts'
import type { Cell } from './table.ts'
import { nameTask } from './task-name.ts'
import { isTaskGone, renderTaskState } from './task-state.ts'
import { renderDuration, renderMoment } from './time.ts'
import { renderBytes } from './size.ts'

/** An environment for people: each service as wanted and as it is, why not, its tasks with node and age, its volumes. */
export const renderStatus = (status: SeenStatus, screen: Screen): readonly string[] => [
  ...renderHead(status, screen.palette),
  '',
  ...(status.services.length === 0 ? ['no services'] : renderServices(status, screen)),
  ...renderVolumes(status, screen),
  ...renderSurvival(status, screen.palette),
  ...renderBackup(status),
  ...renderTroubles(status, screen.palette),
]

const renderHead = (
  { ref, release, canary, running, lastDeployment, atMs }: SeenStatus,
  palette: Palette,
): readonly string[] => {
  const name = palette.bold(`${ref.app}/${ref.environment}`)
  const at =
    release === undefined
      ? 'no release has converged'
      : `release ${release.number} of ${renderMoment(release.createdAtMs)} by ${release.author}`
  const { number, state } = lastDeployment ?? {}
  const hasFailed = running === undefined && (state === 'failed' || state === 'rolled-back')
  return [
    `${name}  ${at}`,
    ...(canary === undefined ? [] : [palette.yellow(renderCanary(canary, atMs))]),
    ...(running === undefined
      ? []
      : [palette.yellow(renderRunning(running, { name: `${ref.app}/${ref.environment}`, atMs }))]),
    ...(hasFailed
      ? [
          palette.red(
            `deployment ${number} ${state === 'failed' ? 'failed' : 'was rolled back'}; "atoll receipt ${number}" says why`,
          ),
        ]
      : []),
  ]
}

interface Seen {
  readonly name: string
  readonly atMs: number
}

/** An owner who is at work renews the lease in time: one that ran out is a deployment nobody carries on. */
const renderRunning = (
  { deployment, owner, sinceMs, leaseUntilMs }: NonNullable<SeenStatus['running']>,
  { name, atMs }: Seen,
): string =>
  atMs < leaseUntilMs
    ? `deployment ${deployment} of ${owner} is running for ${renderDuration(atMs - sinceMs)}`
    : `deployment ${deployment} of ${owner} was left before its end; "atoll resume ${name}" finishes it`

const colours: Readonly<Record<ServiceStatus['state'], keyof Palette>> = {
  good: 'green',
  done: 'green',
  stopped: 'dim',
  idle: 'dim',
  starting: 'yellow',
  waiting: 'yellow',
  failing: 'red',
  missing: 'red',
  unwanted: 'yellow',
}

const renderServices = ({ services, atMs, troubledNodes }: SeenStatus, screen: Screen): readonly string[] => {
  const { palette } = screen
  const silent = troubledNodes.filter(({ state }) => state === 'down').map(({ name }) => name)
  const head = ['SERVICE', 'TASKS', 'STATE', 'NODE', 'SINCE', 'IMAGE']
  const blocks = services.map((service) => ({ service, rows: renderService(service, { palette, atMs, silent }) }))
  const [titles, ...lines] = renderTable(
    head,
    blocks.flatMap(({ rows }) => rows),
    { ...screen, spare: [...shorten('IMAGE'), ...drop('IMAGE', 'SINCE'), ...shorten('SERVICE')] },
  )
  let at = 0
  const body = blocks.flatMap(({ service, rows }) => {
    const own = lines.slice(at, (at += rows.length))
    return [...own, ...renderReasons(service, palette)]
  })
  return [titles ?? '', ...body]
}

interface Look {
  readonly palette: Palette
  readonly atMs: number
  /** Names of nodes that do not answer: what the engine says of their tasks is what it last heard. */
  readonly silent: readonly string[]
}

const renderService = (service: ServiceStatus, look: Look): readonly (readonly Cell[])[] => {
  const { palette, atMs } = look
  const { running, wanted, state, sinceMs, image } = service
  const since = sinceMs === undefined ? '' : renderDuration(atMs - sinceMs)
  const row = [
    palette.bold(service.service),
    `${running}/${wanted}`,
    palette[colours[state]](state),
    '',
    since,
    shortenImage(image),
  ]
  const tasks = service.tasks.filter((task) => !isTaskGone(task.state)).toSorted(bySlot)
  return [row, ...tasks.map((task) => renderTask(service, task, look))]
}

const bySlot = (one: TaskStatus, other: TaskStatus): number =>
  (one.slot ?? 0) - (other.slot ?? 0) || other.sinceMs - one.sinceMs

const renderTask = (
  { service, image }: ServiceStatus,
  task: TaskStatus,
  { palette, atMs, silent }: Look,
): readonly Cell[] => [
  palette.dim(`  ${nameTask({ service, slot: task.slot, taskId: task.taskId })}`),
  '',
  task.state === 'running' && silent.includes(task.node ?? '')
    ? palette.yellow('no answer')
    : renderTaskState(task.state, palette),
  task.node ?? palette.dim('none'),
  renderDuration(atMs - task.sinceMs),
  task.image === image || task.image === '' ? '' : shortenImage(task.image).map((version) => palette.dim(version)),
]

/** `127.0.0.1:5000/shop/web:1@sha256:...` is `shop/web:1 @ab12cd34`: enough to tell two apart on one line. */
const shortenImage = (image: string): readonly string[] => {
  const [name = '', digest] = image.split('@')
  const short = name.replace(/^[^/]+[.:][^/]*\//, '')
  if (digest === undefined) return [short]
  const id = `@${digest.slice('sha256:'.length, 'sha256:'.length + 8)}`
  return [`${short} ${id}`, id]
}

const renderReasons = ({ why, hint, nodes, drift, state }: ServiceStatus, palette: Palette): readonly string[] => [
  ...why.map((reason) => `  ${palette[colours[state]]('!')} ${reason}`),
  ...(hint === undefined ? [] : [`    ${palette.dim('→')} ${hint}`]),
  ...renderColumns(nodes.map(({ node, reason }) => [`    ${node}`, reason])),
  ...drift.map(
    ({ field, from, to }) =>
      `  ${palette.yellow('!')} somebody changed ${field} from ${to ?? 'nothing'} to ${from ?? 'nothing'}; "atoll repair" puts it back`,
  ),
]

const renderVolumes = ({ volumes }: SeenStatus, screen: Screen): readonly string[] => {
  if (volumes.length === 0) return []
  const rows = volumes.map(({ engineName, nodeName, isReachable, sizeBytes }) => [
    engineName,
    isReachable ? nodeName : `${nodeName} ${screen.palette.red('is not there: its services wait for it')}`,
    sizeBytes === undefined ? '' : renderBytes(sizeBytes),
  ])
  return ['', ...renderTable(['VOLUME', 'NODE', ''], rows, { ...screen, spare: [...drop(''), ...shorten('VOLUME')] })]
}

const mostReasons = 3

/** Reasons beyond the first few are those of the same services without other nodes, mostly. */
const renderSurvival = ({ survival, ref }: SeenStatus, palette: Palette): readonly string[] => {
  if (survival === undefined) return []
  const { survives, because } = survival
  const more = because.length - mostReasons
  return [
    '',
    `survives the loss of any node: ${survives ? palette.green('yes') : `${palette.yellow('no')}, ${because[0] ?? ''}`}`,
    ...because.slice(1, mostReasons).map((reason) => `  ${reason}`),
    ...(more > 0 ? [`  and ${more} more; "atoll what-if --app ${ref.app}/${ref.environment}" tells all`] : []),
  ]
}

const renderBackup = ({ backup, atMs }: SeenStatus): readonly string[] => {
  const { lastAtMs, provenAtMs } = backup ?? {}
  if (lastAtMs === undefined) return []
  const proven = provenAtMs === undefined ? '' : `, last proven: of ${renderDuration(atMs - provenAtMs)} ago`
  return ['', `last backup: ${renderDuration(atMs - lastAtMs)} ago${proven}`]
}

const describeNode = ({ name, state, availability }: SeenStatus['troubledNodes'][number]): string => {
  if (state !== 'ready') return `node ${name} is ${state}`
  return `node ${name} ${availability === 'drain' ? 'is drained' : 'pauses'} and takes no tasks; "atoll node resume ${name}" changes that`
}

const renderTroubles = (
  { ref, troubledNodes, names, disks, managers, backup, certificates = [], uneven, strangers }: SeenStatus,
  palette: Palette,
): readonly string[] => {
  const lines = [
    ...troubledNodes.map(describeNode),
    ...names.map(({ message, hint }) => `${message}; ${hint}`),
    ...disks,
    ...managers,
    ...(backup?.warnings ?? []),
    ...certificates,
    ...uneven.map((line) => `${line}; "atoll rebalance ${ref.app}/${ref.environment}" spreads it again`),
    ...strangers.map((name) => `service ${name} has a name of this app but is not Atoll's; it is not touched`),
  ]
  return lines.length === 0 ? [] : ['', ...lines.map((line) => `${palette.yellow('!')} ${line}`)]
}
