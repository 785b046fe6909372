import { canonicalize } from './canonicalize.ts'
import { readEnvFiles } from './env-files.ts'
import { folderOf, resolvePath } from './file-path.ts'
import type { LoadContext, Surroundings } from './load-context.ts'
import { renderPath } from './load-context.ts'
import { mergeNodes } from './merge.ts'
import type { Mapping, Node } from './node.ts'
import { entriesOf, findEntry, findText, hasMarks, isEqual, itemsOf, mappingNode, withEntries } from './node.ts'
import { includes, sectionShape } from './shapes/compose-file.ts'
import type { Lookup } from './template.ts'

/** Loads the files of a project into one canonical tree; passed in, because a project includes projects. */
export type LoadTree = (absolutePaths: readonly string[], around: Surroundings, context: LoadContext) => Mapping

interface Included {
  readonly around: Surroundings
  readonly context: LoadContext
}

const SECTIONS = ['services', 'networks', 'volumes', 'configs', 'secrets'] as const

/**
 * Takes in what a document includes: every included project is loaded for itself, with its own folder and variables,
 * and its services, networks, volumes, configs and secrets are added. One that the document has too must be the same,
 * or say with `!override` or `!reset` what it changes.
 */
export const includeProjects = (
  document: Mapping,
  { around, context, loadTree }: Included & { readonly loadTree: LoadTree },
): Mapping => {
  const include = document.entries.get('include')
  if (include === undefined) return document
  const list = canonicalize(include, includes, { path: ['include'], report: context.report, budget: context.budget })
  return itemsOf(list)
    .map((item) => loadIncluded(item, { around, context, loadTree }))
    .reduce((tree, included) => addSections(tree, included, context), withEntries(document, { include: undefined }))
}

const loadIncluded = (
  item: Node,
  { around, context, loadTree }: Included & { readonly loadTree: LoadTree },
): Mapping => {
  const files = itemsOf(findEntry(item, 'path')).flatMap((node) => (node.kind === 'scalar' ? [node.text] : []))
  const paths = files.map((file) => resolvePath(around.folder, file))
  const nothing = mappingNode([], item.at)
  const [main] = paths
  if (main === undefined) return nothing
  const cycle = paths.find((path) => around.including.includes(path))
  if (cycle !== undefined) {
    const circle = [...around.including, cycle].map((path) => renderPath(path, context)).join(' -> ')
    const message = `files include each other in a circle: ${circle}`
    context.report({ at: item.at, key: ['include'], message, hint: 'take one of them out' })
    return nothing
  }
  const directory = findText(item, 'project_directory')
  const folder = directory === undefined ? folderOf(main) : resolvePath(around.folder, directory)
  const lookup = readVariables(item, folder, { around, context })
  return loadTree(paths, { folder, lookup, including: [...around.including, ...paths] }, context)
}

/** What is set outside wins over the included project's own env files. */
const readVariables = (item: Node, folder: string, { around, context }: Included): Lookup => {
  const named = itemsOf(findEntry(item, 'env_file')).flatMap((node) => (node.kind === 'scalar' ? [node.text] : []))
  const own = resolvePath(folder, '.env')
  const paths =
    named.length > 0 ? named.map((path) => resolvePath(around.folder, path)) : context.exists(own) ? [own] : []
  const files = paths.map((absolutePath) => ({ absolutePath, at: item.at, key: ['include'], what: 'the env file' }))
  const values = readEnvFiles(files, around.lookup, context)
  return (name) => around.lookup(name) ?? values.get(name)
}

const addSections = (tree: Mapping, included: Mapping, context: LoadContext): Mapping => {
  const changes = SECTIONS.flatMap((section) => {
    const added = included.entries.get(section)
    if (added?.kind !== 'mapping') return []
    const own = tree.entries.get(section)
    const entries = entriesOf(own).map(
      ([name, node]) => [name, settle(added.entries.get(name), node, { section, name, context })] as const,
    )
    return [[section, mappingNode([...added.entries, ...entries], own?.at ?? added.at)] as const]
  })
  return withEntries(tree, Object.fromEntries(changes))
}

interface Named {
  readonly section: (typeof SECTIONS)[number]
  readonly name: string
  readonly context: LoadContext
}

/** What a document says of a resource that comes with an include too. */
const settle = (included: Node | undefined, own: Node, { section, name, context }: Named): Node => {
  if (included === undefined) return own
  const shape = sectionShape(section)
  const path = [section, name]
  if (hasMarks(own)) return mergeNodes(included, own, shape, { path, report: context.report })
  const canonical = canonicalize(own, shape, { path, report: () => {}, budget: context.budget })
  if (isEqual(included, canonical)) return included
  const where = `in ${included.at.path} on line ${included.at.line}`
  const message = `${name} is included too and differs, ${where}`
  context.report({ at: own.at, key: path, message, hint: 'rename one, or say with !override what is changed here' })
  return own
}
