import { changeEntries, mapServices } from './each-service.ts'
import { readEnvFiles } from './env-files.ts'
import type { EnvFile } from './env-files.ts'
import type { LoadContext } from './load-context.ts'
import type { KeyPath, Mapping, Node } from './node.ts'
import {
  entriesOf,
  filledNode,
  findEntry,
  findText,
  itemsOf,
  mapEntries,
  mapSection,
  mappingNode,
  scalarNode,
  withEntries,
} from './node.ts'
import type { Lookup } from './template.ts'

/** Gives variables without a value the one from outside, and configs from a variable its value. */
export const resolveVariables = (tree: Mapping, lookup: Lookup): Mapping => {
  const services = mapServices(tree, (service) =>
    changeEntries(service, { environment: (node) => resolveNames(node, lookup) }),
  )
  return mapSection(services, 'configs', (configs) => mapEntries(configs, (config) => resolveConfig(config, lookup)))
}

const resolveNames = (environment: Node, lookup: Lookup): Node => {
  if (environment.kind !== 'mapping') return environment
  return mapEntries(environment, (node, name) => {
    const value = node.kind === 'scalar' && node.value === null ? lookup(name) : undefined
    return value === undefined ? node : scalarNode(value, node.at)
  })
}

const resolveConfig = (config: Node, lookup: Lookup): Node => {
  const name = findText(config, 'environment')
  const value = name === undefined ? undefined : lookup(name)
  if (config.kind !== 'mapping' || value === undefined) return config
  return withEntries(config, { content: filledNode(value, findEntry(config, 'environment')?.at ?? config.at) })
}

/** Reads `env_file` and `label_file` of every service; what the compose file itself says wins. */
export const readServiceFiles = (tree: Mapping, lookup: Lookup, context: LoadContext): Mapping =>
  mapServices(tree, (service, name) => {
    const scope = { path: ['services', name], lookup, context }
    return addLabels(addVariables(service, scope), scope)
  })

interface Scope {
  readonly path: KeyPath
  readonly lookup: Lookup
  readonly context: LoadContext
}

const addVariables = (service: Mapping, { path, lookup, context }: Scope): Mapping => {
  const environment = service.entries.get('environment')
  const lookupAll: Lookup = (name) => lookup(name) ?? findText(environment, name)
  const files = itemsOf(service.entries.get('env_file')).flatMap((node, index) =>
    envFileOf(node, [...path, 'env_file', index], context),
  )
  if (files.length === 0) return service
  return addMissing(service, 'environment', readEnvFiles(files, lookupAll, context))
}

/** A file that is not required and not there is passed over. */
const envFileOf = (node: Node, key: KeyPath, context: LoadContext): readonly EnvFile[] => {
  const absolutePath = findText(node, 'path')
  const required = findEntry(node, 'required')
  const isOptional = required?.kind === 'scalar' && required.value === false
  if (absolutePath === undefined || (isOptional && !context.exists(absolutePath))) return []
  return [{ absolutePath, at: node.at, key, format: findText(node, 'format'), what: 'the env file' }]
}

const addLabels = (service: Mapping, { path, lookup, context }: Scope): Mapping => {
  const files = itemsOf(service.entries.get('label_file')).flatMap((node, index) => {
    const key = [...path, 'label_file', index]
    return node.kind === 'scalar' ? [{ absolutePath: node.text, at: node.at, key, what: 'the label file' }] : []
  })
  return files.length === 0 ? service : addMissing(service, 'labels', readEnvFiles(files, lookup, context))
}

const addMissing = (service: Mapping, key: 'environment' | 'labels', values: ReadonlyMap<string, string>): Mapping => {
  const own = service.entries.get(key)
  const { at } = service.entries.get(key === 'labels' ? 'label_file' : 'env_file') ?? service
  const added = [...values].map(([name, value]) => [name, filledNode(value, at)] as const)
  return withEntries(service, { [key]: mappingNode([...added, ...entriesOf(own)], own?.at ?? at) })
}
