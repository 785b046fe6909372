import type { HeldNode, NodeDetail } from '@atoll/plan'
import { renderProcessors } from '@atoll/plan'
import type { Palette } from './palette.ts'
import type { Screen } from './screen.ts'
import { renderBytes } from './size.ts'
import { drop, renderColumns, renderTable, shorten } from './table.ts'
import { renderWhatIf } from './what-if.ts'

const head = ['NODE', 'ZONE', 'ROLE', 'STATE', 'TASKS', 'PROCESSORS RESERVED', 'MEMORY RESERVED', 'ENGINE', 'ADDRESS']

/** One line for each. */
export const renderNodes = (nodes: readonly HeldNode[], screen: Screen): readonly string[] => {
  const { palette } = screen
  return renderTable(
    head,
    nodes.map((node) => [
      palette.bold(node.name),
      node.zone ?? '',
      node.role,
      renderState(node, palette),
      String(node.tasks),
      `${countProcessors(node.heldNanoCpus)} of ${countProcessors(node.nanoCpus)}`,
      `${renderBytes(node.heldMemoryBytes)} of ${renderBytes(node.memoryBytes)}`,
      node.engineVersion,
      node.address,
    ]),
    { ...screen, spare },
  )
}

const spare = [...drop('ADDRESS', 'ENGINE', 'PROCESSORS RESERVED', 'ZONE'), ...shorten('STATE')]

const countProcessors = (nanoCpus: number): string => String(Number((nanoCpus / 1e9).toFixed(2)))

const availabilities: Readonly<Record<HeldNode['availability'], string>> = {
  active: 'takes tasks',
  pause: 'keeps its tasks, takes no more',
  drain: 'drained: takes no tasks',
}

/** `ready, takes tasks`. */
const renderState = ({ state, availability, drain, isWitness }: HeldNode, palette: Palette): string => {
  const said = state === 'ready' ? palette.green(state) : palette.red(state)
  if (drain !== undefined && availability !== 'drain') return `${said}, ${palette.yellow('is being drained')}`
  if (isWitness && availability === 'drain') return `${said}, a witness: votes and runs nothing`
  const takes = availabilities[availability]
  return `${said}, ${availability === 'active' ? takes : palette.yellow(takes)}`
}

/** Everything of one. */
export const renderNode = (detail: NodeDetail, screen: Screen): readonly string[] => [
  ...renderFacts(detail, screen.palette),
  '',
  ...renderServices(detail, screen),
  ...renderVolumes(detail, screen),
  '',
  ...renderWhatIf(detail.loss, screen),
]

const renderFacts = ({ node, labels, platform }: NodeDetail, palette: Palette): readonly string[] =>
  renderColumns(
    [
      ['node', palette.bold(node.name)],
      ['id', node.id],
      ['role', node.role],
      ['state', renderState(node, palette)],
      ['address', node.address],
      ['engine', `${node.engineVersion} on ${platform}`],
      ['processors', `${renderProcessors(node.nanoCpus)}, ${countProcessors(node.heldNanoCpus)} reserved`],
      ['memory', `${renderBytes(node.memoryBytes)}, ${renderBytes(node.heldMemoryBytes)} reserved`],
      ['labels', renderLabels(labels)],
    ].map(([name = '', value = '']) => [palette.dim(name), value]),
  )

/** Without Atoll's own, which stand in the node's state. */
export const renderLabels = (labels: Readonly<Record<string, string>>): string => {
  const pairs = Object.entries(labels).flatMap(([key, value]) => (key.startsWith('atoll.') ? [] : [`${key}=${value}`]))
  return pairs.length === 0 ? 'none' : pairs.toSorted().join(', ')
}

type Named = Pick<NodeDetail['services'][number], 'ref' | 'service'>

/** `shop/production web`; of somebody else the engine's name alone. */
export const nameService = ({ ref, service }: Named): string =>
  ref === undefined ? service : `${ref.app}/${ref.environment} ${service}`

const renderServices = ({ services }: NodeDetail, screen: Screen): readonly string[] => {
  if (services.length === 0) return ['no tasks']
  const rows = services.map((service) => [
    screen.palette.bold(nameService(service)),
    String(service.tasks),
    service.mode === 'global' ? 'one on each node' : '',
  ])
  return renderTable(['SERVICE', 'TASKS HERE', ''], rows, screen)
}

const renderVolumes = ({ volumes }: NodeDetail, screen: Screen): readonly string[] => {
  if (volumes.length === 0) return []
  const rows = volumes.map((volume) => [screen.palette.bold(volume.volume), nameService(volume)])
  return ['', ...renderTable(['VOLUME HERE', 'HOLDS'], rows, screen)]
}
