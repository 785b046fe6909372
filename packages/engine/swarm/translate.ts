import type { Network, SecretValues, Service, StoredFile } from '@atoll/spec'
import type { NetworkBody, ServiceBody, StoredFileBody } from './bodies.ts'
import { renderDefinition } from './definition.ts'
import { environmentLabelsOf, type TranslateContext } from './translate-context.ts'
import { translateContainer } from './translate-container.ts'
import { renderTaskRange } from './subnets.ts'
import { given, nanoseconds, runsOnce } from './translate-values.ts'
import {
  translateEndpoint,
  translateMode,
  translateOnceUpdate,
  translateResources,
  translateUpdate,
} from './translate-policy.ts'

export type { EngineIds, TranslateContext } from './translate-context.ts'

/** The body of `POST /services/create` (Engine API 1.41); pure. */
export const translateService = (service: Service, context: TranslateContext): ServiceBody => ({
  Name: service.engineName,
  Labels: {
    ...service.serviceLabels,
    ...environmentLabelsOf(context.ref),
    'atoll.service': service.name,
    'atoll.release': String(context.release),
    'atoll.definition': renderDefinition(service),
  },
  TaskTemplate: {
    ContainerSpec: translateContainer(service, context),
    Resources: translateResources(service.resources),
    RestartPolicy: given({
      // Restarted after it ended well it would never be done.
      Condition: runsOnce(service.mode) && service.restart.condition === 'any' ? 'none' : service.restart.condition,
      Delay: nanoseconds(service.restart.delayMs),
      MaxAttempts: service.restart.maxAttempts,
      Window: nanoseconds(service.restart.windowMs),
    }),
    Placement: given({
      Constraints: service.placement.constraints,
      Preferences: service.placement.spread.map((SpreadDescriptor) => ({ Spread: { SpreadDescriptor } })),
      MaxReplicas: service.placement.maxPerNode,
    }),
    LogDriver: { Name: service.logging.driver, Options: service.logging.options },
    Networks: service.networks.map(({ engineName, aliases, driverOptions }) => ({
      Target: context.ids?.networks[engineName] ?? engineName,
      // Tasks are found by the compose name; the engine's name holds app and environment.
      Aliases: [...new Set([...aliases, service.name])],
      ...given({ DriverOpts: driverOptions }),
    })),
    ForceUpdate: service.generation,
  },
  Mode: translateMode(service.mode),
  UpdateConfig: runsOnce(service.mode) ? translateOnceUpdate() : translateUpdate(service.update),
  RollbackConfig: runsOnce(service.mode) ? translateOnceUpdate() : translateUpdate(service.rollback),
  EndpointSpec: translateEndpoint(service.ports),
})

/** The body of `POST /networks/create`. `subnet`: from Atoll's pool, for a network whose file names none. */
export const translateNetwork = (
  network: Network,
  context: Pick<TranslateContext, 'ref'> & { readonly subnet?: string },
): NetworkBody => ({
  Name: network.engineName,
  CheckDuplicate: true,
  Driver: network.driver,
  Attachable: network.isAttachable,
  Internal: network.isInternal,
  Options: network.driverOptions,
  Labels: {
    ...network.labels,
    ...environmentLabelsOf(context.ref),
    'atoll.network': network.name,
    'atoll.definition': renderDefinition(network),
  },
  ...given({ IPAM: translateIpam(network, context.subnet) }),
})

const translateIpam = ({ ipam }: Network, subnet: string | undefined): NetworkBody['IPAM'] => {
  const named = ipam?.subnets.map(({ subnet, gateway, ipRange }) =>
    given({ Subnet: subnet, Gateway: gateway, IPRange: ipRange }),
  )
  const pooled = subnet === undefined ? [] : [{ Subnet: subnet, IPRange: renderTaskRange(subnet) }]
  const config = named === undefined || named.length === 0 ? pooled : named
  if (config.length === 0 && ipam?.driver === undefined) return undefined
  return { ...given({ Driver: ipam?.driver }), Config: config }
}

/** The body of `POST /configs/create`. */
export const translateConfig = (file: StoredFile, context: Pick<TranslateContext, 'ref'>): StoredFileBody =>
  storedFile(file, context, { kind: 'config', data: file.dataBase64 ?? '' })

/** The body of `POST /secrets/create`; a secret whose value is not at hand has no data. */
export const translateSecret = (
  file: StoredFile,
  context: Pick<TranslateContext, 'ref'> & { readonly secrets: SecretValues },
): StoredFileBody =>
  storedFile(file, context, {
    kind: 'secret',
    data: Buffer.from(context.secrets[file.engineName] ?? []).toString('base64'),
  })

const storedFile = (
  { name, engineName, labels, templateDriver }: StoredFile,
  { ref }: Pick<TranslateContext, 'ref'>,
  { kind, data }: { readonly kind: 'config' | 'secret'; readonly data: string },
): StoredFileBody => ({
  Name: engineName,
  Labels: { ...labels, ...environmentLabelsOf(ref), [`atoll.${kind}`]: name },
  Data: data,
  ...given({ Templating: templateDriver === undefined ? undefined : { Name: templateDriver } }),
})
