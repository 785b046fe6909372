import type { Mapping, Node } from './node.ts'
import { mapEntries, mapSection, withEntries } from './node.ts'

/** Changes every service that is a mapping; the rest was refused when it was checked. */
export const mapServices = (tree: Mapping, change: (service: Mapping, name: string) => Mapping): Mapping =>
  mapSection(tree, 'services', (services) =>
    mapEntries(services, (node, name) => (node.kind === 'mapping' ? change(node, name) : node)),
  )

/** Changes the entries of a mapping that are there. */
export const changeEntries = (
  mapping: Mapping,
  changes: Readonly<Record<string, (node: Node) => Node | undefined>>,
): Mapping => {
  const present = Object.entries(changes).flatMap(([key, change]) => {
    const entry = mapping.entries.get(key)
    return entry === undefined ? [] : [[key, change(entry)] as const]
  })
  return withEntries(mapping, Object.fromEntries(present))
}
