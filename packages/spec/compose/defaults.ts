import { changeEntries, mapServices } from './each-service.ts'
import type { Mapping, Node } from './node.ts'
import { filledNode, findEntry, findText, mapEntries, mapItems, withEntries } from './node.ts'

/** Fills in what a canonical tree leaves out and every reader would have to know. compose-go's transform/defaults. */
export const fillDefaults = (tree: Mapping): Mapping => mapServices(tree, fillService)

const fillService = (service: Mapping): Mapping =>
  changeEntries(service, {
    build: (build) => fillMissing(build, { context: '.' }),
    ports: (ports) => eachItem(ports, (port) => fillMissing(port, { protocol: 'tcp', mode: 'ingress' })),
    secrets: (secrets) => eachItem(secrets, fillSecretTarget),
    depends_on: (dependencies) =>
      eachEntry(dependencies, (dependency) =>
        fillMissing(dependency, { condition: 'service_started', required: true }),
      ),
    gpus: (gpus) => eachItem(gpus, fillCount),
    deploy: (deploy) =>
      changeWithin(deploy, ['resources', 'reservations', 'devices'], (list) => eachItem(list, fillCount)),
  })

const eachItem = (node: Node, change: (item: Node) => Node): Node =>
  node.kind === 'sequence' ? mapItems(node, change) : node

const eachEntry = (node: Node, change: (entry: Node) => Node): Node =>
  node.kind === 'mapping' ? mapEntries(node, change) : node

const fillMissing = (node: Node, values: Readonly<Record<string, string | boolean | number>>): Node => {
  if (node.kind !== 'mapping') return node
  const missing = Object.entries(values).filter(([key]) => !node.entries.has(key))
  return withEntries(node, Object.fromEntries(missing.map(([key, value]) => [key, filledNode(value, node.at)])))
}

/** Secrets appear below /run/secrets; a target written is kept as it is, relative or not. */
const fillSecretTarget = (secret: Node): Node =>
  fillMissing(secret, { target: `/run/secrets/${findText(secret, 'source') ?? ''}` })

/** A device request that says neither how many nor which means all. */
const fillCount = (request: Node): Node =>
  findEntry(request, 'device_ids') === undefined ? fillMissing(request, { count: -1 }) : request

const changeWithin = (node: Node, [key, ...rest]: readonly string[], change: (node: Node) => Node): Node => {
  if (key === undefined) return change(node)
  return node.kind === 'mapping' ? changeEntries(node, { [key]: (entry) => changeWithin(entry, rest, change) }) : node
}
