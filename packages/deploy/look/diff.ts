import type { EnvironmentRef } from '@atoll/engine'
import type { FieldChange } from '@atoll/plan'
import { diffServices } from '@atoll/plan'
import type { App, Service } from '@atoll/spec'
import type { Context } from '../context.ts'
import { getRelease } from '../ledger/ledger.ts'
import type { ReleaseDifference } from '../records.ts'
import { toReader } from './reader.ts'

/** What release `to` has that `from` had not, service by service and field by field. NotFoundError for a number that is not there. */
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
  return [...names].sort().flatMap((name) => diffOne(name, old.get(name), next.get(name)))
}

const diffOne = (
  service: string,
  before: Service | undefined,
  after: Service | undefined,
): readonly ReleaseDifference[] => {
  if (before === undefined && after !== undefined) return [{ service, kind: 'added', changes: [image('to', after)] }]
  if (before !== undefined && after === undefined)
    return [{ service, kind: 'removed', changes: [image('from', before)] }]
  const changes = before === undefined || after === undefined ? [] : diffServices(before, after)
  return changes.length === 0 ? [] : [{ service, kind: 'changed', changes }]
}

const image = (side: 'from' | 'to', service: Service): FieldChange => ({
  field: 'image',
  [side]: JSON.stringify(service.image),
})
