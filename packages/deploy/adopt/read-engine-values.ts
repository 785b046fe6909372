import type { Resources, Service } from '@atoll/spec'

/** Pins to the nodes of volumes are added at each plan, so they are no part of the release. */
export const readConstraints = (
  value: unknown,
  { service, definition }: { readonly service: Service; readonly definition: Service },
): readonly string[] | undefined => {
  const found: unknown = value ?? []
  if (!Array.isArray(found) || !found.every((item) => typeof item === 'string')) return undefined
  const own = new Set(service.placement.constraints)
  const pins = new Set(definition.placement.constraints.filter((constraint) => !own.has(constraint)))
  return found.filter((constraint) => !pins.has(constraint))
}

/** The engine's names of what the App limits. */
const names: ReadonlyMap<string, keyof Resources> = new Map([
  ['NanoCPUs', 'nanoCpus'],
  ['MemoryBytes', 'memoryBytes'],
  ['Pids', 'pids'],
])

/** Undefined when there is something else in it, such as devices. */
export const readResources = (value: unknown): Resources | undefined => {
  if (value === undefined) return {}
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  const entries = Object.entries(value).map(([name, amount]: [string, unknown]) => [names.get(name), amount] as const)
  const isKnown = entries.every(([name, amount]) => name !== undefined && typeof amount === 'number')
  return isKnown ? (Object.fromEntries(entries) as Resources) : undefined
}
