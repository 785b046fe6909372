import type { Network, NetworkAttachment } from '../app.ts'
import { defined } from './defined.ts'
import { checkKeys } from './keys.ts'
import { engineName, givenName, type Namespace } from './names.ts'
import { attachmentKeys, networkKeys } from './section-keys.ts'
import {
  at,
  entriesOf,
  flagOf,
  isMapping,
  itemsOf,
  pairsOf,
  refuse,
  textOf,
  textsOf,
  warn,
  type Source,
} from './source.ts'

/** The network of every service that names none. */
const DEFAULT_NETWORK = 'default'

/** Networks some service joins, by their key in the compose file. */
export const networksOf = (root: Source, namespace: Namespace): ReadonlyMap<string, Network> => {
  const services = entriesOf(at(root, 'services')).map(([, service]) => service)
  const names = new Set(services.flatMap(networkNamesOf))
  return new Map([...names].sort().map((name) => [name, networkOf(at(root, 'networks', name), name, namespace)]))
}

const networkNamesOf = (service: Source): readonly string[] => {
  const names = entriesOf(at(service, 'networks')).map(([name]) => name)
  return names.length === 0 ? [DEFAULT_NETWORK] : names
}

const networkOf = (source: Source, name: string, namespace: Namespace): Network => {
  checkKeys(source, networkKeys)
  const isExternal = flagOf(at(source, 'external')) ?? false
  const given = givenName(source, name, namespace)
  if (isExternal) checkExternal(source, given ?? name)
  const driver = isExternal ? 'overlay' : driverOf(at(source, 'driver'))
  return defined({
    name,
    engineName: given ?? (isExternal ? name : engineName(namespace, name)),
    isExternal,
    driver,
    driverOptions: driverOptionsOf(at(source, 'driver_opts'), driver),
    // The ingress joins the networks of what it routes to, and so does a person with a question.
    isAttachable: true,
    isInternal: flagOf(at(source, 'internal')) ?? false,
    labels: pairsOf(at(source, 'labels')),
    ipam: ipamOf(at(source, 'ipam')),
  })
}

const checkExternal = (source: Source, name: string): void => {
  if (name !== 'host' && name !== 'bridge' && name !== 'none') return
  refuse(source, `the node's own network ${name} cannot be joined`, 'publish ports instead')
}

/** `bridge` is what single machines call their default, so it means no more than that. */
const driverOf = (source: Source): string => {
  const driver = textOf(source) ?? ''
  if (driver === '' || driver === 'overlay' || driver === 'default') return 'overlay'
  if (driver === 'bridge') warn(source, 'a bridge ends at its node; the network becomes an overlay over all nodes')
  else refuse(source, `networks of driver ${driver} are not made`, 'create it on the nodes and set external: true')
  return 'overlay'
}

const BRIDGE_OPTIONS = 'com.docker.network.bridge.'

const driverOptionsOf = (source: Source, driver: string): Readonly<Record<string, string>> => {
  const pairs = Object.entries(pairsOf(source))
  for (const [name] of pairs) {
    if (name.startsWith(BRIDGE_OPTIONS)) warn(at(source, name), `is no option of an ${driver} network`)
  }
  return Object.fromEntries(pairs.filter(([name]) => !name.startsWith(BRIDGE_OPTIONS)))
}

const ipamOf = (source: Source): Network['ipam'] | undefined => {
  const subnets = itemsOf(at(source, 'config')).map((item) =>
    defined({
      subnet: textOf(at(item, 'subnet')),
      gateway: textOf(at(item, 'gateway')),
      ipRange: textOf(at(item, 'ip_range')),
    }),
  )
  const driver = textOf(at(source, 'driver'))
  return subnets.length === 0 && driver === undefined ? undefined : defined({ driver, subnets })
}

/** A service's networks, sorted by name. `names` are what others call it besides its own name. */
export const attachmentsOf = (
  service: Source,
  networks: ReadonlyMap<string, Network>,
  names: readonly string[],
): readonly NetworkAttachment[] => {
  checkNetworkMode(at(service, 'network_mode'))
  return networkNamesOf(service)
    .toSorted()
    .flatMap((name) => {
      const network = networks.get(name)
      return network === undefined ? [] : [attachmentOf(at(service, 'networks', name), network, names)]
    })
}

const attachmentOf = (source: Source, network: Network, names: readonly string[]): NetworkAttachment => {
  if (isMapping(source.value)) checkKeys(source, attachmentKeys)
  // In a network of others a container's name could be somebody else's.
  const own = network.isExternal ? [] : names
  return {
    network: network.name,
    engineName: network.engineName,
    aliases: [...new Set([...textsOf(at(source, 'aliases')), ...own])].sort(),
    driverOptions: pairsOf(at(source, 'driver_opts')),
  }
}

const checkNetworkMode = (source: Source): void => {
  const mode = textOf(source) ?? ''
  if (mode === '' || mode === 'bridge' || mode === 'default') return
  if (mode === 'host') return refuse(source, 'tasks do not share the network of their node', 'publish ports instead')
  if (mode === 'none')
    return refuse(source, 'Swarm gives every task a network', 'set networks to one with internal: true')
  const hint = 'join both to one network and use the service name'
  refuse(source, 'tasks do not share the network of another', hint)
}
