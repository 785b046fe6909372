import { expandHome, resolvePath } from './file-path.ts'
import type { LoadContext } from './load-context.ts'
import type { Node } from './node.ts'
import { findText, mapEntries, mapItems, scalarNode, withEntries } from './node.ts'

interface Folders {
  readonly folder: string
  readonly context: LoadContext
}

type Rule = (node: Node, folders: Folders) => Node

/** A rule for each key whose value holds a path; the other steps of the way there are these keys themselves. */
const each =
  (rule: Rule): Rule =>
  (node, folders) => {
    if (node.kind === 'mapping') return mapEntries(node, (entry) => rule(entry, folders))
    return node.kind === 'sequence' ? mapItems(node, (item) => rule(item, folders)) : node
  }

const within =
  (rules: Readonly<Record<string, Rule>>): Rule =>
  (node, folders) => {
    if (node.kind !== 'mapping') return node
    const changes = Object.entries(rules).flatMap(([key, rule]) => {
      const entry = node.entries.get(key)
      return entry === undefined ? [] : [[key, rule(entry, folders)] as const]
    })
    return withEntries(node, Object.fromEntries(changes))
  }

const toAbsolute: Rule = (node, { folder, context }) =>
  changeText(node, (text) => (text === '' ? text : resolvePath(folder, expandHome(text, context.home))))

const changeText = (node: Node, change: (text: string) => string): Node =>
  node.kind === 'scalar' && typeof node.value === 'string' ? scalarNode(change(node.value), node.at) : node

/** What the builder fetches itself, by compose-go's list of remote contexts. */
const REMOTE_CONTEXT = /:\/\/|^(?:service:|github\.com\/|git@)/

const context: Rule = (node, folders) =>
  node.kind === 'scalar' && REMOTE_CONTEXT.test(node.text) ? node : toAbsolute(node, folders)

/** `ID=PATH`; an ID alone is the agent's own key. */
const sshKey: Rule = (node, { folder, context: { home } }) =>
  changeText(node, (text) => {
    const [id = '', path] = text.split('=')
    return path === undefined ? text : `${id}=${resolvePath(folder, expandHome(path, home))}`
  })

const WINDOWS_PATH = /^(?:[a-zA-Z]:[\\/]|\\\\)/

const bindSource: Rule = (node, folders) => {
  const source = findText(node, 'source')
  if (node.kind !== 'mapping' || findText(node, 'type') !== 'bind' || source === undefined) return node
  return WINDOWS_PATH.test(source) ? node : within({ source: toAbsolute })(node, folders)
}

/** A volume of the local driver with `o: bind` is a folder of the host. */
const volumeDevice: Rule = (node, folders) => {
  const options = node.kind === 'mapping' ? node.entries.get('driver_opts') : undefined
  const isBind = findText(node, 'driver') === 'local' && findText(options, 'o') === 'bind'
  return isBind ? within({ driver_opts: within({ device: toAbsolute }) })(node, folders) : node
}

const service = within({
  build: within({ context, additional_contexts: each(context), ssh: each(sshKey) }),
  env_file: each(within({ path: toAbsolute })),
  label_file: each(toAbsolute),
  extends: within({ file: toAbsolute }),
  develop: within({ watch: each(within({ path: toAbsolute })) }),
  volumes: each(bindSource),
})

const file = within({ file: toAbsolute })

const rules = within({
  services: each(service),
  volumes: each(volumeDevice),
  configs: each(file),
  secrets: each(file),
})

/** Makes the paths of a canonical tree absolute, against `folder` or, where they begin with `~`, the home folder. */
export const resolvePaths = (tree: Node, folder: string, loadContext: LoadContext): Node =>
  rules(tree, { folder, context: loadContext })
