import type { Service } from '@atoll/spec'
import type { Action, Warning } from './action.ts'
import type { RouteDifference } from './diff-routes.ts'
import { renderAction, renderRoute } from './render-action.ts'
import type { PlanPalette } from './render-action.ts'

const plain: PlanPalette = {
  bold: (text) => text,
  dim: (text) => text,
  red: (text) => text,
  green: (text) => text,
  yellow: (text) => text,
}

interface PlanOptions {
  readonly palette?: PlanPalette
  /** What becomes of routes, which needs no action. */
  readonly routes?: readonly RouteDifference[]
}

/** A plan for people: every action in order, changes field by field with secrets masked, then routes, warnings and the sum. */
export const renderPlan = (
  actions: readonly Action[],
  warnings: readonly Warning[],
  { palette = plain, routes = [] }: PlanOptions = {},
): string => {
  const names = widthOf([...actions.map(nameOf), ...routes.map(({ service }) => service)])
  const steps = actions.length + routes.length
  return [
    ...actions.flatMap((action) => renderAction(action, { palette, names })),
    ...routes.flatMap((route) => renderRoute(route, { palette, names })),
    ...(warnings.length === 0 || steps === 0 ? [] : ['']),
    ...warnings.flatMap((warning) => renderWarning(warning, palette)),
    ...(steps + warnings.length === 0 ? [] : ['']),
    renderSum(actions, routes),
  ].join('\n')
}

/** Columns stand under each other when every name takes the room of the longest. */
const widthOf = (names: readonly string[]): number => Math.min(32, Math.max(0, ...names.map(({ length }) => length)))

const nameOf = (action: Action): string => {
  if ('network' in action) return action.network.name
  if ('file' in action) return action.file.name
  if ('volume' in action) return action.volume.name
  if ('service' in action) return typeof action.service === 'string' ? action.service : serviceName(action.service)
  return 'engineName' in action ? action.engineName : ''
}

const serviceName = (service: Service): string => service.name

const renderWarning = ({ message, hint, isBlocking }: Warning, palette: PlanPalette): readonly string[] => [
  `${isBlocking ? palette.red('blocked:') : palette.yellow('warning:')} ${message}`,
  ...(hint === undefined ? [] : [`  ${palette.dim(`-> ${hint}`)}`]),
]

/** `2 to create, 1 to change, 1 to remove`. */
export const renderSum = (actions: readonly Action[], routes: readonly RouteDifference[] = []): string => {
  const { create, change, remove } = countActions(actions)
  const parts = [
    ...(create > 0 ? [`${create} to create`] : []),
    ...(change > 0 ? [`${change} to change`] : []),
    ...(remove > 0 ? [`${remove} to remove`] : []),
    ...routeWords.flatMap(([kind, words]) => sumRoutes(routes.filter((route) => route.kind === kind).length, words)),
  ]
  return parts.length === 0 ? 'nothing to do: everything is as it should be' : parts.join(', ')
}

const routeWords = [
  ['added', 'to add'],
  ['changed', 'to change'],
  ['removed', 'to remove'],
] as const

const sumRoutes = (count: number, words: string): readonly string[] =>
  count === 0 ? [] : [`${count} ${count === 1 ? 'route' : 'routes'} ${words}`]

export interface ActionCounts {
  readonly create: number
  readonly change: number
  readonly remove: number
}

export const countActions = (actions: readonly Action[]): ActionCounts => {
  const count = (prefixes: readonly string[]): number =>
    actions.filter(({ kind }) => prefixes.includes(kind.split('-')[0] ?? '')).length
  return { create: count(['create', 'place']), change: count(['update', 'replace']), remove: count(['remove']) }
}
