import type { Node } from '../node.ts'
import { findEntry, isFilled, mappingNode, nodeOf, scalarNode } from '../node.ts'
import type { Parsed } from '../parsed.ts'
import { anything, dictionary, explicitFlag, flag, list, nullable, record, shorthand, text, whole } from '../shape.ts'
import type { Shape } from '../shape.ts'
import { service } from './service.ts'
import { projectSettings } from './settings.ts'
import { driverOptions, labels, NAMES } from './values.ts'

/** `external: { name: x }`, which is deprecated, stands for `external: true` and `name: x` beside it. */
const hoistExternalName = (node: Node): Parsed<Node> => {
  const external = findEntry(node, 'external')
  if (node.kind !== 'mapping' || external?.kind !== 'mapping') return { kind: 'ok', value: node }
  const [inner, outer] = [findEntry(external, 'name'), findEntry(node, 'name')]
  if (inner?.kind === 'scalar' && outer?.kind === 'scalar' && inner.text !== outer.text) {
    return { kind: 'error', message: 'external.name says something else than name; keep name' }
  }
  const entries = new Map(node.entries).set('external', scalarNode(true, external.at))
  const name = outer ?? inner
  return { kind: 'ok', value: mappingNode(name === undefined ? entries : entries.set('name', name), node.at) }
}

const resource = (fields: Readonly<Record<string, Shape>>): Shape =>
  shorthand(hoistExternalName, record({ name: text(), external: flag, labels, ...fields }))

const network = resource({
  driver: text(),
  driver_opts: driverOptions,
  ipam: record({
    driver: text(),
    config: list(record({ subnet: text(), ip_range: text(), gateway: text(), aux_addresses: dictionary(text()) }), {
      mergeBy: 'subnet',
    }),
    options: dictionary(text()),
  }),
  internal: flag,
  attachable: flag,
  enable_ipv4: explicitFlag,
  enable_ipv6: explicitFlag,
})

const volume = resource({ driver: text(), driver_opts: driverOptions })

const file = { file: text(), environment: text(), template_driver: text() }
const config = resource({ ...file, content: text() })
const secret = resource({ ...file, driver: text(), driver_opts: driverOptions })

const model = record(
  { name: text(), model: text(), context_size: whole(), runtime_flags: list(text()) },
  { required: ['model'] },
)

const pathList = list(text(), { takesScalar: true })

/** Entries of `include`; a text is the path of a file. */
export const includes = list(
  shorthand(
    (node) => ({ kind: 'ok', value: isFilled(node) ? nodeOf({ path: node.value }, node.at) : node }),
    record({ path: pathList, env_file: pathList, project_directory: text() }, { required: ['path'] }),
  ),
)

/** Named things that a project has and another may include. */
const sections = {
  services: dictionary(service, NAMES),
  networks: dictionary(nullable(network)),
  volumes: dictionary(nullable(volume), NAMES),
  configs: dictionary(config, NAMES),
  secrets: dictionary(secret, NAMES),
}

export const sectionShape = (section: keyof typeof sections): Shape => sections[section].value

/** A whole compose file. `include` is followed before it is checked; `version` says nothing any more. */
export const composeFile = record({
  version: text(),
  name: text(),
  include: anything,
  ...sections,
  models: dictionary(model),
  'x-atoll': projectSettings,
})
