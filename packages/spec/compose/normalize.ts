import { changeEntries, mapServices } from './each-service.ts'
import type { Mapping, Node } from './node.ts'
import {
  entriesOf,
  filledNode,
  itemsOf,
  mapEntries,
  mapItems,
  mapSection,
  mappingNode,
  scalarNode,
  withEntries,
} from './node.ts'
import type { Lookup } from './template.ts'

/**
 * Adds what follows from the rest: the default network where a service has none, the dependencies that links, shared
 * namespaces and `volumes_from` mean, the Dockerfile's name, the names of resources. compose-go's Normalize.
 */
export const normalize = (tree: Mapping, projectName: string, lookup: Lookup): Mapping => {
  const services = mapServices(tree, (service) => normalizeService(service, lookup))
  return nameResources(addDefaultNetwork(services), projectName)
}

const normalizeService = (service: Mapping, lookup: Lookup): Mapping =>
  addDependencies(
    joinDefaultNetwork(
      changeEntries(service, {
        pull_policy: (policy) =>
          policy.kind === 'scalar' && policy.value === 'if_not_present' ? scalarNode('missing', policy.at) : policy,
        build: (build) => normalizeBuild(build, lookup),
        deploy: (deploy) => addReplicas(deploy, service),
        pre_start: (hooks) =>
          hooks.kind === 'sequence' ? mapItems(hooks, (hook) => inheritImage(hook, service)) : hooks,
      }),
    ),
  )

const normalizeBuild = (build: Node, lookup: Lookup): Node => {
  if (build.kind !== 'mapping') return build
  const hasDockerfile = build.entries.has('dockerfile') || build.entries.has('dockerfile_inline')
  const named = hasDockerfile ? build : withEntries(build, { dockerfile: filledNode('Dockerfile', build.at) })
  return changeEntries(named, { args: (args) => (args.kind === 'mapping' ? resolveArguments(args, lookup) : args) })
}

/** An argument without a value takes the variable of its name; without such a one it is not given. */
const resolveArguments = (args: Mapping, lookup: Lookup): Mapping =>
  mapEntries(args, (node, name) => {
    if (node.kind !== 'scalar' || node.value !== null) return node
    const value = lookup(name)
    return value === undefined ? undefined : scalarNode(value, node.at)
  })

/** `scale` is the older word for `deploy.replicas`. */
const addReplicas = (deploy: Node, service: Mapping): Node => {
  const scale = service.entries.get('scale')
  if (deploy.kind !== 'mapping' || scale === undefined || deploy.entries.has('replicas')) return deploy
  return withEntries(deploy, { replicas: scale })
}

const inheritImage = (hook: Node, service: Mapping): Node => {
  const image = service.entries.get('image')
  if (hook.kind !== 'mapping' || hook.entries.has('image') || image === undefined) return hook
  return withEntries(hook, { image })
}

const joinDefaultNetwork = (service: Mapping): Mapping => {
  if (service.entries.has('network_mode') || service.entries.has('provider')) return service
  const networks = service.entries.get('networks')
  if (networks?.kind === 'mapping' && networks.entries.size > 0) return service
  const { at } = networks ?? service
  return withEntries(service, { networks: filledNode({ default: null }, at) })
}

const NAMESPACES = ['network_mode', 'ipc', 'pid', 'uts', 'cgroup'] as const

const addDependencies = (service: Mapping): Mapping => {
  const linked = itemsOf(service.entries.get('links')).flatMap((node) =>
    node.kind === 'scalar' ? [{ node, name: node.text.split(':')[0] ?? '' }] : [],
  )
  const shared = NAMESPACES.flatMap((key) => {
    const node = service.entries.get(key)
    return node?.kind === 'scalar' && node.text.startsWith('service:')
      ? [{ node, name: node.text.slice('service:'.length) }]
      : []
  })
  const mounted = itemsOf(service.entries.get('volumes_from')).flatMap((node) =>
    node.kind === 'scalar' && !node.text.startsWith('container:')
      ? [{ node, name: node.text.split(':')[0] ?? '' }]
      : [],
  )
  const dependsOn = service.entries.get('depends_on')
  const entries = new Map(entriesOf(dependsOn))
  const add = (name: string, { at }: Node, restart: boolean): void => {
    if (!entries.has(name)) entries.set(name, filledNode({ condition: 'service_started', restart, required: true }, at))
  }
  for (const { name, node } of [...linked, ...shared]) add(name, node, true)
  for (const { name, node } of mounted) add(name, node, false)
  return entries.size === 0
    ? service
    : withEntries(service, { depends_on: mappingNode(entries, dependsOn?.at ?? service.at) })
}

const addDefaultNetwork = (tree: Mapping): Mapping => {
  const isUsed = entriesOf(tree.entries.get('services')).some(([, service]) => {
    const networks = service.kind === 'mapping' ? service.entries.get('networks') : undefined
    return networks?.kind === 'mapping' && networks.entries.has('default')
  })
  const networks = tree.entries.get('networks') ?? mappingNode([], tree.at)
  if (!isUsed || networks.kind !== 'mapping' || networks.entries.has('default')) return tree
  return withEntries(tree, { networks: withEntries(networks, { default: filledNode({}, networks.at) }) })
}

const nameResources = (tree: Mapping, projectName: string): Mapping =>
  ['networks', 'volumes', 'configs', 'secrets'].reduce(
    (named, section) =>
      mapSection(named, section, (entries) => mapEntries(entries, (node, key) => nameResource(node, key, projectName))),
    tree,
  )

/** What is external has its own name; the rest is told from other projects' by the name of this one. */
const nameResource = (node: Node, key: string, projectName: string): Node => {
  const resource = node.kind === 'mapping' ? node : mappingNode([], node.at)
  if (resource.entries.has('name')) return resource
  const external = resource.entries.get('external')
  const isExternal = external?.kind === 'scalar' && external.value === true
  return withEntries(resource, { name: filledNode(isExternal ? key : `${projectName}_${key}`, resource.at) })
}
