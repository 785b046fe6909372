import type { EnvironmentRef } from '@atoll/engine'
import type { FieldChange, RouteDifference } from '@atoll/plan'
import { diffRoutes, diffServices } from '@atoll/plan'
import type { App, Service } from '@atoll/spec'
import type { Context } from '../context.ts'
import { getRelease } from '../ledger/ledger.ts'
import type { ReleaseDifference } from '../records.ts'
import { toReader } from './reader.ts'

/** What release `to` has that `from` had not, service by service and field by field, their routes too. NotFoundError for a number that is not there. */
export const diff = async (
  context: Context,
  { ref, from, to }: { readonly ref: EnvironmentRef; readonly from: number; readonly to: number },
  signal: AbortSignal,
): Promise<readonly ReleaseDifference[]> => {
  const reader = toReader(context, ref, signal)
  const [before, after] = await Promise.all([getRelease(reader, from), getRelease(reader, to)])
  return diffApps(before.app, after.app)
}

/** The same of two apps, without asking anybody. */
export const diffApps = (before: App, after: App): readonly ReleaseDifference[] => {
  const old = new Map(before.services.map((service) => [service.name, service]))
  const names = new Set([...before.services, ...after.services].map(({ name }) => name))
  const next = new Map(after.services.map((service) => [service.name, service]))
  const routes = Map.groupBy(diffRoutes(before.routes ?? [], after.routes ?? []), ({ service }) => service)
  return [...names].sort().flatMap((name) => {
    const difference = diffOne(name, old.get(name), next.get(name))
    const routed = routes.get(name)?.flatMap(toChanges) ?? []
    if (difference !== undefined) return { ...difference, changes: [...difference.changes, ...routed] }
    return routed.length === 0 ? [] : { service: name, kind: 'changed', changes: routed }
  })
}

/** `route shop.example.org/api rateLimit.requests`. */
const toChanges = ({ route, kind, changes }: RouteDifference): readonly FieldChange[] =>
  changes.map(({ field, ...values }) => ({
    field: `route ${route}${kind === 'changed' ? ` ${field}` : ''}`,
    ...values,
  }))

const diffOne = (
  service: string,
  before: Service | undefined,
  after: Service | undefined,
): ReleaseDifference | undefined => {
  if (before === undefined && after !== undefined) return { service, kind: 'added', changes: [image('to', after)] }
  if (before !== undefined && after === undefined) return { service, kind: 'removed', changes: [image('from', before)] }
  const changes = before === undefined || after === undefined ? [] : diffServices(before, after)
  return changes.length === 0 ? undefined : { service, kind: 'changed', changes }
}

const image = (side: 'from' | 'to', service: Service): FieldChange => ({
  field: 'image',
  [side]: JSON.stringify(service.image),
})
