import { checkService } from './check-service.ts'
import type { CheckContext } from './check-service.ts'
import { findCycle } from './cycle.ts'
import type { Mapping, Node } from './node.ts'
import { entriesOf, findEntry } from './node.ts'
import type { Report } from './problem-list.ts'

/** Checks that the parts of a project fit together, by compose-go's checkConsistency and its validation rules. */
export const checkConsistency = (tree: Mapping, disabled: ReadonlySet<string>, report: Report): void => {
  const context: CheckContext = { tree, disabled, report }
  const services = entriesOf(tree.entries.get('services'))
  for (const [name, service] of services) checkService(name, service, context)
  checkCycle(services, report)
}

/** Checks resources of a tree before names and defaults are filled in: what was written is looked at. */
export const checkResources = (tree: Mapping, report: Report): void => {
  for (const [name, volume] of entriesOf(tree.entries.get('volumes'))) checkExternal(['volumes', name], volume, report)
  for (const [name, config] of entriesOf(tree.entries.get('configs'))) {
    checkSource(['configs', name], config, { keys: ['file', 'environment', 'content'], report })
  }
  for (const [name, secret] of entriesOf(tree.entries.get('secrets'))) {
    checkSource(['secrets', name], secret, { keys: ['file', 'environment'], report })
  }
}

/** Whether it is `external`; undefined where that is written and neither true nor false. */
const findExternal = (resource: Node): boolean | undefined => {
  const external = findEntry(resource, 'external')
  if (external === undefined) return false
  return external.kind === 'scalar' && typeof external.value === 'boolean' ? external.value : undefined
}

const checkExternal = (key: readonly string[], resource: Node, report: Report): void => {
  if (findExternal(resource) !== true) return
  for (const [name, node] of entriesOf(resource)) {
    if (name === 'name' || name === 'external' || name.startsWith('x-')) continue
    const message = `an external volume is made elsewhere, so ${name} does nothing here`
    report({ at: node.at, key: [...key, name], message, hint: `remove ${name} or external` })
  }
}

const checkSource = (
  key: readonly string[],
  resource: Node,
  { keys, report }: { readonly keys: readonly string[]; readonly report: Report },
): void => {
  if (resource.kind !== 'mapping') return
  const given = keys.filter((name) => resource.entries.has(name))
  const hint = `write one of ${keys.join(', ')}`
  if (given.length > 1) report({ at: resource.at, key, message: `takes only one of ${given.join(' and ')}`, hint })
  if (given.length === 0 && findExternal(resource) === false) {
    report({ at: resource.at, key, message: 'says nowhere what it holds', hint: `${hint}, or external: true` })
  }
}

const checkCycle = (services: readonly (readonly [string, Node])[], report: Report): void => {
  const edges = new Map(
    services.map(([name, service]) => [name, entriesOf(findEntry(service, 'depends_on')).map(([to]) => to)]),
  )
  const cycle = findCycle(edges)
  if (cycle === undefined) return
  const [first = ''] = cycle
  const service = services.find(([name]) => name === first)?.[1]
  const at = findEntry(service, 'depends_on')?.at ?? service?.at
  if (at === undefined) return
  const message = `services wait for each other in a circle: ${[...cycle, first].join(' -> ')}`
  report({ at, key: ['services', first, 'depends_on'], message, hint: 'take one of these dependencies out' })
}
