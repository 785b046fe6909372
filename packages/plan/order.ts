import type { Service } from '@atoll/spec'

/**
 * Services so that each stands behind those it depends on, otherwise by name. A cycle (refused by the spec) is cut where it
 * closes, so that planning always ends.
 */
export const orderByDependencies = (services: readonly Service[]): readonly Service[] => {
  const byName = new Map(services.map((service) => [service.name, service]))
  const ordered = new Set<Service>()
  const entered = new Set<Service>()
  for (const root of services.toSorted(byServiceName)) {
    const stack = [root]
    for (let service = stack.at(-1); service !== undefined; service = stack.at(-1)) {
      const waiting = entered.has(service) ? [] : findDependencies(service, byName)
      entered.add(service)
      const next = waiting.filter((dependency) => !entered.has(dependency))
      if (next.length > 0) stack.push(...next.toReversed())
      else {
        ordered.add(service)
        stack.pop()
      }
    }
  }
  return [...ordered]
}

const byServiceName = (a: Service, b: Service): number => (a.name < b.name ? -1 : 1)

const findDependencies = (service: Service, byName: ReadonlyMap<string, Service>): readonly Service[] =>
  service.dependsOn.flatMap((dependency) => byName.get(dependency.service) ?? []).toSorted(byServiceName)
