import { isIpAddress } from './ip-address.ts'
import type { KeyPath, Mapping, Node } from './node.ts'
import { entriesOf, findEntry, findNode, findText, itemsOf } from './node.ts'
import { renderQuoted } from './parsed.ts'
import type { Report } from './problem-list.ts'

export interface CheckContext {
  readonly tree: Mapping
  readonly disabled: ReadonlySet<string>
  readonly report: Report
}

interface ServiceContext extends CheckContext {
  readonly service: Node
  readonly key: KeyPath
}

type Check = (context: ServiceContext) => void

export const checkService = (name: string, service: Node, context: CheckContext): void => {
  const own = { ...context, service, key: ['services', name] }
  for (const check of CHECKS) check(own)
}

const refuse = (
  { report, key }: ServiceContext,
  at: Node,
  { message, hint }: { readonly message: string; readonly hint: string },
): void => report({ at: at.at, key, message, hint })

const checkImage: Check = (context) => {
  const { service } = context
  const isThere = ['image', 'build', 'provider'].some((key) => findEntry(service, key) !== undefined)
  if (!isThere || (findText(service, 'image') === '' && findEntry(service, 'build') === undefined)) {
    refuse(context, service, { message: 'has neither an image nor a build', hint: 'add image: or build:' })
  }
}

const checkBuild: Check = (context) => {
  const build = findEntry(context.service, 'build')
  const dockerfile = findEntry(build, 'dockerfile')
  if (dockerfile !== undefined && findEntry(build, 'dockerfile_inline') !== undefined) {
    refuse(context, dockerfile, { message: 'has a dockerfile and a dockerfile_inline', hint: 'keep one' })
  }
  const platforms = itemsOf(findEntry(build, 'platforms'))
  const platform = findText(context.service, 'platform')
  if (platform === undefined || platforms.length === 0) return
  if (!platforms.some((item) => item.kind === 'scalar' && item.text === platform)) {
    refuse(context, build ?? context.service, {
      message: `is not built for its own platform ${platform}`,
      hint: 'add it to build.platforms',
    })
  }
}

const checkNetworks: Check = (context) => {
  const networks = findEntry(context.service, 'networks')
  const mode = findEntry(context.service, 'network_mode')
  if (mode !== undefined && networks !== undefined) {
    refuse(context, mode, {
      message: 'has network_mode and networks, of which only one is possible',
      hint: 'remove one',
    })
  }
  for (const [name, node] of entriesOf(networks)) checkDefined('network', name, { node, context })
}

/** Reports a name that no section of the project defines. */
const checkDefined = (
  kind: 'network' | 'volume' | 'config' | 'secret' | 'model',
  name: string,
  { node, context }: { readonly node: Node; readonly context: ServiceContext },
): void => {
  if (findNode(context.tree, `${kind}s`, name) !== undefined) return
  refuse(context, node, {
    message: `uses the ${kind} ${name}, which is not defined`,
    hint: `define it under ${kind}s: at the top level`,
  })
}

const checkVolumes: Check = (context) => {
  for (const volume of itemsOf(findEntry(context.service, 'volumes'))) {
    const source = findText(volume, 'source')
    const type = findText(volume, 'type')
    if (type === 'volume' && source) checkDefined('volume', source, { node: volume, context })
    if (type === 'bind' && !source) {
      refuse(context, volume, { message: 'mounts a path of the host and names none', hint: 'add source:' })
    }
    if (!findText(volume, 'target')) {
      refuse(context, volume, { message: 'has a volume without a target', hint: 'add target:' })
    }
  }
}

const checkReferences: Check = (context) => {
  const { service } = context
  for (const [name, node] of entriesOf(findEntry(service, 'models'))) checkDefined('model', name, { node, context })
  const used = [
    ['config', findEntry(service, 'configs')],
    ['secret', findEntry(service, 'secrets')],
    ['secret', findNode(service, 'build', 'secrets')],
  ] as const
  for (const [kind, list] of used) {
    for (const node of itemsOf(list)) checkDefined(kind, findText(node, 'source') ?? '', { node, context })
  }
}

const checkPorts: Check = (context) => {
  for (const port of itemsOf(findEntry(context.service, 'ports'))) {
    const address = findText(port, 'host_ip')
    if (address === undefined || address === '' || isIpAddress(address)) continue
    refuse(context, port, {
      message: `publishes a port on ${renderQuoted(address)}, which is no IP address`,
      hint: 'write for example 127.0.0.1',
    })
  }
}

const checkDependencies: Check = (context) => {
  for (const [name, node] of entriesOf(findEntry(context.service, 'depends_on'))) {
    if (findNode(context.tree, 'services', name) !== undefined) continue
    const required = findEntry(node, 'required')
    if (required?.kind === 'scalar' && required.value === false && context.disabled.has(name)) continue
    const isDisabled = context.disabled.has(name)
    const reason = isDisabled ? 'which is in no active profile' : 'which is not defined'
    const hint = isDisabled ? 'activate its profile with --profile, or write required: false' : 'correct the name'
    refuse(context, node, { message: `depends on the service ${name}, ${reason}`, hint })
  }
}

const checkHealth: Check = (context) => {
  const test = findNode(context.service, 'healthcheck', 'test')
  const [first] = itemsOf(test)
  if (test === undefined || first?.kind !== 'scalar' || ['CMD', 'CMD-SHELL', 'NONE'].includes(first.text)) return
  refuse(context, test, {
    message: `its health check begins with "${first.text}"`,
    hint: 'begin the list with CMD, CMD-SHELL or NONE',
  })
}

const REPLICAS = ['deploy', 'replicas'] as const

const checkReplicas: Check = (context) => {
  const { service } = context
  const scale = findEntry(service, 'scale')
  const replicas = findNode(service, ...REPLICAS)
  if (scale?.kind === 'scalar' && replicas?.kind === 'scalar' && scale.value !== replicas.value) {
    refuse(context, scale, { message: 'says different things in scale and deploy.replicas', hint: 'remove scale' })
  }
  const count = scale ?? replicas
  const name = findEntry(service, 'container_name')
  if (name !== undefined && count?.kind === 'scalar' && Number(count.value) > 1) {
    refuse(context, name, {
      message: `has a container_name, which only one of its ${count.text} copies could have`,
      hint: 'remove it',
    })
  }
}

/** The older way to say a limit and the one under `deploy`; both may stand there when they agree. */
const LIMITS = [
  ['cpus', 'limits', 'cpus'],
  ['mem_limit', 'limits', 'memory'],
  ['mem_reservation', 'reservations', 'memory'],
  ['pids_limit', 'limits', 'pids'],
] as const

const checkLimits: Check = (context) => {
  for (const [old, kind, key] of LIMITS) {
    const own = findEntry(context.service, old)
    const limits = findNode(context.service, 'deploy', 'resources', kind)
    if (own?.kind !== 'scalar' || !Number(own.value) || limits === undefined) continue
    const deployed = findEntry(limits, key)
    if (deployed?.kind === 'scalar' && deployed.text === own.text) continue
    refuse(context, own, {
      message: `says different things in ${old} and deploy.resources.${kind}.${key}`,
      hint: `remove ${old}`,
    })
  }
}

const checkDevices: Check = (context) => {
  const reserved = itemsOf(findNode(context.service, 'deploy', 'resources', 'reservations', 'devices'))
  for (const request of reserved) {
    if (findEntry(request, 'capabilities') === undefined && findEntry(request, 'driver') === undefined) {
      refuse(context, request, {
        message: 'reserves a device without saying which',
        hint: 'add capabilities: or driver:',
      })
    }
  }
  for (const request of [...reserved, ...itemsOf(findEntry(context.service, 'gpus'))]) {
    if (findEntry(request, 'count') !== undefined && findEntry(request, 'device_ids') !== undefined) {
      refuse(context, request, { message: 'asks for devices by count and by device_ids', hint: 'keep one' })
    }
  }
}

const checkWatch: Check = (context) => {
  for (const watch of itemsOf(findNode(context.service, 'develop', 'watch'))) {
    const needsTarget = !['rebuild', 'restart'].includes(findText(watch, 'action') ?? '')
    if (needsTarget && !findText(watch, 'target')) {
      refuse(context, watch, { message: 'watches files without a target', hint: 'add target:' })
    }
  }
}

const CHECKS: readonly Check[] = [
  checkImage,
  checkBuild,
  checkNetworks,
  checkVolumes,
  checkReferences,
  checkPorts,
  checkDependencies,
  checkHealth,
  checkReplicas,
  checkLimits,
  checkDevices,
  checkWatch,
]
