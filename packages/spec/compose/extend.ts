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
  const extend = findEntry(service, 'extends')
  const link = `${name} in ${renderPath(scope.file, scope.context)}`
  const wish = extend && { name, service, extend, chain: [...chain, link] }
  const extended = wish === undefined ? service : mergeOverBase(wish, scope)
  scope.done.set(name, extended)
  return extended
}

/** A service that wants to extend another. */
interface Wish {
  readonly name: string
  readonly service: Node
  /** The value of its `extends`. */
  readonly extend: Node
  /** The services on the way here, this one last: `web in compose.yaml`. */
  readonly chain: readonly string[]
}

const mergeOverBase = (wish: Wish, scope: Scope): Node => {
  const { service } = wish
  const plain = service.kind === 'mapping' ? withEntries(service, { extends: undefined }) : service
  const base = findBase(wish, scope)
  if (base === undefined || isNull(base)) return plain
  const { budget, report } = scope.context
  budget.nodes -= countNodes(base)
  if (budget.nodes < 0) {
    refuse(wish, scope, { message: `services that extend others have more than ${MAX_NODES} values` })
    return plain
  }
  return mergeNodes(withoutMarks(base), plain, serviceShape, {
    path: ['services', wish.name],
    report,
    keepsMarks: true,
  })
}

const refuse = (
  { name, extend }: Wish,
  { context }: Scope,
  { message, hint }: { readonly message: string; readonly hint?: string },
): void => context.report({ at: extend.at, key: ['services', name, 'extends'], message, hint })

const findBase = (wish: Wish, scope: Scope): Node | undefined => {
  const { extend, chain } = wish
  const base = extend.kind === 'scalar' ? extend.text : (findText(extend, 'service') ?? '')
  const source = findSource(wish, scope)
  if (base === '') {
    refuse(wish, scope, { message: 'extends names no service', hint: 'write extends: { service: NAME }' })
  } else if (chain.indexOf(chain.at(-1) ?? '') !== chain.length - 1) {
    refuse(wish, scope, {
      message: `services extend each other in a circle: ${chain.join(' -> ')}`,
      hint: 'take one extends out',
    })
  } else if (chain.length > MAX_CHAIN) {
    refuse(wish, scope, {
      message: `services extend each other more than ${MAX_CHAIN} deep`,
      hint: 'extend a service nearer to the base',
    })
  } else if (source?.services.has(base)) return extendService(base, source, chain)
  else if (source !== undefined) {
    const file = renderPath(source.file, scope.context)
    refuse(wish, scope, { message: `the service ${base} to extend is not in ${file}`, hint: 'correct the name' })
  }
  return undefined
}

const findSource = (wish: Wish, scope: Scope): Scope | undefined => {
  const file = findText(wish.extend, 'file')
  if (file === undefined) return scope
  const absolutePath = resolvePath(scope.around.folder, file)
  if (!scope.files.has(absolutePath)) {
    const services = readServices(absolutePath, wish, scope)
    const around = { ...scope.around, folder: folderOf(absolutePath) }
    scope.files.set(absolutePath, services && { ...scope, file: absolutePath, services, around, done: new Map() })
  }
  return scope.files.get(absolutePath)
}

/** Services of another file, canonical and with absolute paths; only what is extended is checked, once merged. */
const readServices = (
  absolutePath: string,
  { name, extend: { at } }: Wish,
  { around, context }: Scope,
): ReadonlyMap<string, Node> | undefined => {
  const key = ['services', name, 'extends']
  const documents = readDocuments({ absolutePath, at, key, what: 'the file to extend from' }, context)
  if (documents === undefined) return undefined
  const silent = { path: [], report: () => {}, budget: context.budget }
  const tree = documents.reduce<Node>((merged, document) => {
    const filled = interpolateDocument(document, around.lookup, context)
    return mergeNodes(merged, filled, composeFile, { path: [], report: context.report, keepsMarks: true })
  }, emptyMapping(at))
  const resolved = resolvePaths(canonicalize(tree, composeFile, silent), folderOf(absolutePath), context)
  return new Map(entriesOf(findEntry(resolved, 'services')))
}
