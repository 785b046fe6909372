import { at, entriesOf, textOf, textsOf, type Source } from './source.ts'

/** Names by which compose lets services be found besides their own: `links` with an alias, and `container_name`. */
export const aliasesOf = (services: Source): ReadonlyMap<string, readonly string[]> => {
  const aliases = new Map<string, string[]>()
  const add = (service: string, alias: string) => {
    if (alias !== service && alias !== '') aliases.set(service, [...(aliases.get(service) ?? []), alias])
  }
  for (const [name, service] of entriesOf(services)) {
    add(name, textOf(at(service, 'container_name')) ?? '')
    for (const link of textsOf(at(service, 'links'))) {
      const [target = '', alias = target] = link.split(':', 2)
      add(target, alias)
    }
  }
  return aliases
}
