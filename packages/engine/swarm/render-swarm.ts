import type { App, SecretValues } from '@atoll/spec'
import type { NetworkBody, ServiceBody, StoredFileBody } from './bodies.ts'
import { translateConfig, translateNetwork, translateSecret, translateService } from './translate.ts'

export interface SwarmBodies {
  readonly networks: readonly NetworkBody[]
  readonly configs: readonly StoredFileBody[]
  readonly secrets: readonly StoredFileBody[]
  readonly services: readonly ServiceBody[]
}

/** Of a release that is not made yet. */
const NO_RELEASE = 0

/**
 * The bodies a deploy would send, for people to read: names stand where ids will, subnets are chosen when networks are
 * made, and a secret's value is shown only when it is handed in.
 */
export const renderSwarm = (app: App, secrets: SecretValues = {}): SwarmBodies => {
  const context = { ref: { app: app.name, environment: app.environment }, release: NO_RELEASE, secrets }
  return {
    networks: app.networks.filter(isOurs).map((network) => translateNetwork(network, context)),
    configs: app.configs.filter(isOurs).map((file) => translateConfig(file, context)),
    secrets: app.secrets.filter(isOurs).map((file) => translateSecret(file, context)),
    services: app.services.map((service) => translateService(service, context)),
  }
}

const isOurs = ({ isExternal }: { readonly isExternal: boolean }): boolean => !isExternal
