import { changeEntries, mapServices } from './each-service.ts'
import type { Mapping, Node } from './node.ts'
import { findEntry, itemsOf, mapEntries, mapSection } from './node.ts'

export interface Selection {
  readonly tree: Mapping
  /** Services that are there but not asked for. */
  readonly disabled: ReadonlySet<string>
}

/**
 * Leaves out services whose profiles are all inactive; `*` activates every one. What depends on such a service without
 * requiring it no longer does.
 */
export const selectProfiles = (tree: Mapping, active: readonly string[]): Selection => {
  const disabled = new Set<string>()
  const enabled = mapSection(tree, 'services', (services) =>
    mapEntries(services, (service, name) => {
      if (isActive(service, active)) return service
      disabled.add(name)
      return undefined
    }),
  )
  return {
    tree: mapServices(enabled, (service) => changeEntries(service, { depends_on: (node) => prune(node, disabled) })),
    disabled,
  }
}

const isActive = (service: Node, active: readonly string[]): boolean => {
  const profiles = itemsOf(findEntry(service, 'profiles')).flatMap((item) =>
    item.kind === 'scalar' ? [item.text] : [],
  )
  return profiles.length === 0 || active.includes('*') || profiles.some((profile) => active.includes(profile))
}

const prune = (dependencies: Node, disabled: ReadonlySet<string>): Node => {
  if (dependencies.kind !== 'mapping') return dependencies
  return mapEntries(dependencies, (dependency, name) => {
    const required = findEntry(dependency, 'required')
    const isOptional = required?.kind === 'scalar' && required.value === false
    return isOptional && disabled.has(name) ? undefined : dependency
  })
}
