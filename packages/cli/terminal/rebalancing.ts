import type { RebalanceAnswer } from '@atoll/deploy'
import type { RebalancedNode } from '@atoll/plan'
import type { Screen } from './screen.ts'
import { drop, renderTable } from './table.ts'

/** Which tasks would move, then what each zone and node has before and after. */
export const renderRebalancing = (answer: RebalanceAnswer, screen: Screen): readonly string[] => [
  ...renderServices(answer, screen),
  ...renderStaying(answer, screen),
]

const renderServices = ({ services, nodes }: RebalanceAnswer, screen: Screen): readonly string[] => {
  const { palette } = screen
  if (services.length === 0) return ['every service is spread as evenly as it can be']
  const rows = services.map(({ ref, service, moves, nodes: own }) => [
    palette.bold(`${ref.app}/${ref.environment} ${service}`),
    String(moves.length),
    own.map(({ node, before, after }) => `${node} ${renderChange(before, after)}`).join(', '),
  ])
  return [
    ...renderTable(['SERVICE', 'MOVES', 'TASKS ON EACH NODE'], rows, { ...screen, spare: [] }),
    '',
    ...renderNodes(nodes, screen),
  ]
}

const renderChange = (before: number, after: number): string =>
  before === after ? `${after}` : `${before} -> ${after}`

const renderNodes = (nodes: readonly RebalancedNode[], screen: Screen): readonly string[] => {
  const zones = Map.groupBy(nodes, ({ zone }) => zone ?? '')
  const totals = [...zones].flatMap(([zone, found]) =>
    zone === ''
      ? []
      : [[screen.palette.dim(`zone ${zone}`), '', renderChange(sum(found, 'before'), sum(found, 'after'))]],
  )
  const rows = nodes.map(({ node, zone = '', before, after }) => [
    screen.palette.bold(node),
    zone,
    renderChange(before, after),
  ])
  return renderTable(['NODE', 'ZONE', 'TASKS'], [...rows, ...totals], { ...screen, spare: drop('ZONE') })
}

const sum = (nodes: readonly RebalancedNode[], key: 'before' | 'after'): number =>
  nodes.reduce((total, node) => total + node[key], 0)

const renderStaying = ({ staying }: RebalanceAnswer, { palette }: Screen): readonly string[] =>
  staying.map(
    ({ ref, service, because }) =>
      `${palette.yellow('!')} ${ref.app}/${ref.environment} ${service} is spread unevenly, too, and stays: ${because}`,
  )
