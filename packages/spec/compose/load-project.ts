import type { LoadedProject, ProjectInput } from '../project.ts'
import { canonicalize } from './canonicalize.ts'
import { checkConsistency, checkResources } from './check.ts'
import { fillDefaults } from './defaults.ts'
import { readEnvFiles } from './env-files.ts'
import { readServiceFiles, resolveVariables } from './environment.ts'
import { extendServices } from './extend.ts'
import { resolvePath } from './file-path.ts'
import { includeProjects } from './include.ts'
import { interpolateDocument } from './interpolate.ts'
import { createBudget } from './limits.ts'
import type { LoadContext, Surroundings } from './load-context.ts'
import { readDocuments, renderPath } from './load-context.ts'
import { emptyMapping, mergeNodes } from './merge.ts'
import { isWritten, locate, toModel } from './model.ts'
import type { KeyPath, Mapping, Node } from './node.ts'
import { normalize } from './normalize.ts'
import { resolvePaths } from './paths.ts'
import { createProblemList } from './problem-list.ts'
import { selectProfiles } from './profiles.ts'
import { chooseProjectName } from './project-name.ts'
import { composeFile } from './shapes/compose-file.ts'
import type { Lookup } from './template.ts'

interface File {
  readonly absolutePath: string
  readonly documents: readonly Node[]
}

/**
 * Loads a Compose project as compose-go 2.14 and the Compose Specification have it: reads and merges the files, follows
 * `extends` and `include`, fills in variables and defaults, checks everything. All that is wrong is told at once.
 */
export const loadProject = (input: ProjectInput): LoadedProject => {
  const paths = input.files.map((file) => resolvePath(input.workingDir, file))
  const list = createProblemList(paths.map((path) => renderPath(path, input)))
  const context: LoadContext = {
    ...input,
    report: list.report,
    budget: createBudget(),
    home: input.variables['HOME'],
    unset: new Set(),
  }
  const outside = readVariables(input, context)
  const files = readFiles(paths, context)
  const name = chooseProjectName(
    {
      chosen: input.projectName,
      documents: files.flatMap(({ documents }) => documents),
      workingDir: input.workingDir,
      lookup: outside,
    },
    list.report,
  )
  const lookup: Lookup = (variable) => (variable === 'COMPOSE_PROJECT_NAME' ? name : outside(variable))
  const loaded = buildTree(files, { folder: input.workingDir, lookup, including: paths }, context)
  if (list.hasErrors()) return { problems: list.problems() }
  const normal = normalize(loaded, name, lookup)
  const { tree: selected, disabled } = selectProfiles(normal, input.profiles)
  checkConsistency(selected, disabled, list.report)
  const tree = readServiceFiles(selected, lookup, context)
  if (list.hasErrors()) return { problems: list.problems() }
  const project = {
    model: toModel(tree, name),
    locate: (key: KeyPath) => locate(tree, key),
    isWritten: (key: KeyPath) => isWritten(tree, key),
    findVariable: lookup,
  }
  return { project, problems: list.problems() }
}

/** The caller's variables, then those of the env files: the ones named, or `.env` beside the project. */
const readVariables = ({ variables, envFiles, workingDir }: ProjectInput, context: LoadContext): Lookup => {
  const own = resolvePath(workingDir, '.env')
  const paths = envFiles ?? (context.exists(own) ? [own] : [])
  const find: Lookup = (name) => (Object.hasOwn(variables, name) ? variables[name] : undefined)
  const values = readEnvFiles(
    paths.map((path) => ({ absolutePath: resolvePath(workingDir, path), what: 'the env file' })),
    find,
    context,
  )
  // Shells set PWD, service managers do not.
  return (name) => find(name) ?? values.get(name) ?? (name === 'PWD' ? workingDir : undefined)
}

const readFiles = (absolutePaths: readonly string[], context: LoadContext): readonly File[] =>
  absolutePaths.flatMap((absolutePath) => {
    const documents = readDocuments({ absolutePath, what: 'the compose file' }, context)
    return documents === undefined ? [] : [{ absolutePath, documents }]
  })

/** One project from its files: its own, or one that it includes. */
const buildTree = (files: readonly File[], around: Surroundings, context: LoadContext): Mapping => {
  const at = { path: renderPath(around.including.at(-1) ?? '', context), line: 1, column: 1 }
  const merged = files.reduce<Mapping>(
    (tree, file) =>
      file.documents.reduce<Mapping>((tree, document) => addDocument(tree, document, { file, around, context }), tree),
    emptyMapping(at),
  )
  const isEmpty = files.length > 0 && files.every(({ documents }) => documents.length === 0)
  if (isEmpty) context.report({ at, message: 'the compose file is empty', hint: 'add services:' })
  checkResources(merged, context.report)
  return resolveVariables(resolvePaths(fillDefaults(merged), around.folder, context) as Mapping, around.lookup)
}

interface Source {
  readonly file: File
  readonly around: Surroundings
  readonly context: LoadContext
}

/** Puts one document over what earlier ones said. */
const addDocument = (tree: Mapping, document: Node, { file, around, context }: Source): Mapping => {
  const { report, budget } = context
  if (document.kind !== 'mapping') {
    report({ at: document.at, message: 'a compose file must be a mapping', hint: 'begin it with services:' })
    return tree
  }
  const filled = interpolateDocument(document, around.lookup, context) as Mapping
  const extended = extendServices(filled, file.absolutePath, around, context)
  const complete = includeProjects(extended, { around, context, loadTree })
  const merged = mergeNodes(tree, complete, composeFile, { path: [], report })
  return canonicalize(merged, composeFile, { path: [], report, budget }) as Mapping
}

const loadTree = (absolutePaths: readonly string[], around: Surroundings, context: LoadContext): Mapping =>
  buildTree(readFiles(absolutePaths, context), around, context)
