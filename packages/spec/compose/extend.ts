import { canonicalize } from './canonicalize.ts'
import { resolvePath, folderOf } from './file-path.ts'
import { interpolateDocument } from './interpolate.ts'
import { MAX_NODES } from './limits.ts'
import type { LoadContext, Surroundings } from './load-context.ts'
import { readDocuments, renderPath } from './load-context.ts'
import { emptyMapping, mergeNodes, withoutMarks } from './merge.ts'
import type { Mapping, Node } from './node.ts'
import { countNodes, entriesOf, findEntry, findText, isNull, mapEntries, mapSection, withEntries } from './node.ts'
import { resolvePaths } from './paths.ts'
import { composeFile } from './shapes/compose-file.ts'
import { service as serviceShape } from './shapes/service.ts'

/** Longest chain of services extending each other; each link is one more level of recursion. */
const MAX_CHAIN = 100

/** Where services are looked up: one file, and what was already made of its services. */
interface Scope {
  readonly file: string
  readonly services: ReadonlyMap<string, Node>
  readonly done: Map<string, Node>
  readonly around: Surroundings
  readonly context: LoadContext
  /** Files read for `extends.file`, by absolute path: services of another file are extended once, however many ask. */
  readonly files: Map<string, Scope | undefined>
}

/** Merges every service that has `extends` over the one it names; the key itself is then gone. */
export const extendServices = (document: Mapping, file: string, around: Surroundings, context: LoadContext): Mapping =>
  mapSection(document, 'services', (services) => {
    const scope = { file, services: services.entries, done: new Map(), around, context, files: new Map() }
    return mapEntries(services, (_, name) => extendService(name, scope, []))
  })

const extendService = (name: string, scope: Scope, chain: readonly string[]): Node | undefined => {
  const done = scope.done.get(name)
  const service = scope.services.get(name)
  if (done !== undefined || service === undefined) return done
  const link = `${name} in ${renderPath(scope.file, scope.context)}`
  const extended =
    findEntry(service, 'extends') === undefined ? service : mergeOverBase(service, scope, [...chain, link])
  scope.done.set(name, extended)
  return extended
}

const mergeOverBase = (service: Node, scope: Scope, chain: readonly string[]): Node => {
  const plain = service.kind === 'mapping' ? withEntries(service, { extends: undefined }) : service
  const base = findBase(service, scope, chain)
  if (base === undefined || isNull(base)) return plain
  const { context } = scope
  context.budget.nodes -= countNodes(base)
  if (context.budget.nodes < 0) {
    context.report({ at: service.at, message: `services that extend others have more than ${MAX_NODES} values` })
    return plain
  }
  return mergeNodes(withoutMarks(base), plain, serviceShape, {
    path: ['services'],
    report: context.report,
    keepsMarks: true,
  })
}

const findBase = (service: Node, scope: Scope, chain: readonly string[]): Node | undefined => {
  const { context } = scope
  const extend = findEntry(service, 'extends') ?? service
  const refuse = (message: string, hint?: string): undefined =>
    context.report({ at: extend.at, message, hint }) as undefined
  const name = extend.kind === 'scalar' ? extend.text : findText(extend, 'service')
  if (name === undefined || name === '') return refuse('extends names no service', 'write extends: { service: NAME }')
  if (chain.indexOf(chain.at(-1) ?? '') !== chain.length - 1) {
    return refuse(`services extend each other in a circle: ${chain.join(' -> ')}`, 'take one extends out')
  }
  if (chain.length > MAX_CHAIN) return refuse(`services extend each other more than ${MAX_CHAIN} deep`)
  const source = findSource(extend, scope)
  if (source === undefined) return undefined
  if (source.services.has(name)) return extendService(name, source, chain)
  return refuse(`the service ${name} to extend is not in ${renderPath(source.file, context)}`, 'correct the name')
}

const findSource = (extend: Node, scope: Scope): Scope | undefined => {
  const file = findText(extend, 'file')
  if (file === undefined) return scope
  const absolutePath = resolvePath(scope.around.folder, file)
  if (!scope.files.has(absolutePath)) {
    const services = readServices(absolutePath, extend, scope)
    const around = { ...scope.around, folder: folderOf(absolutePath) }
    scope.files.set(absolutePath, services && { ...scope, file: absolutePath, services, around, done: new Map() })
  }
  return scope.files.get(absolutePath)
}

/** Services of another file, canonical and with absolute paths; only what is extended is checked, once merged. */
const readServices = (
  absolutePath: string,
  extend: Node,
  { around, context }: Scope,
): ReadonlyMap<string, Node> | undefined => {
  const documents = readDocuments({ absolutePath, at: extend.at, what: 'the file to extend from' }, context)
  if (documents === undefined) return undefined
  const silent = { path: [], report: () => {}, budget: context.budget }
  const tree = documents.reduce<Node>((merged, document) => {
    const filled = interpolateDocument(document, around.lookup, context)
    return mergeNodes(merged, filled, composeFile, { path: [], report: context.report, keepsMarks: true })
  }, emptyMapping(extend.at))
  const resolved = resolvePaths(canonicalize(tree, composeFile, silent), folderOf(absolutePath), context)
  return new Map(entriesOf(findEntry(resolved, 'services')))
}
