import type { Action } from '@atoll/plan'
import type { Build, Network, Service, StoredFile } from '@atoll/spec'
import type { EnvironmentRef } from '@atoll/engine'
import type { Allowance } from './allowance.ts'
import { judgeMount, judgeVolume } from './policy-mounts.ts'
import { judgeLabels, judgeName, isPlatformName } from './policy-names.ts'
import type { Violation } from './policy-names.ts'

/**
 * Every reason why an action may not be done; none when it may. An app reaches the host, the platform and other people's
 * configs only as far as an owner allowed it. What is removed needs no judgement: the engine removes only what is the
 * environment's own.
 */
export const judgeAction = (action: Action, ref: EnvironmentRef, allowance: Allowance): readonly Violation[] => {
  if (isPlatformApp(ref)) return [platformViolation]
  switch (action.kind) {
    case 'create-network':
      return found(judgeNetwork(action.network, allowance))
    case 'create-config':
      return found(judgeFile('configs', action.file))
    case 'create-secret':
      return found(judgeFile('secrets', action.file))
    case 'place-volume':
      return found(judgeVolume(action.volume, `volumes.${action.volume.name}`, allowance))
    case 'create-service':
    case 'update-service':
    case 'replace-service':
      return judgeService(action.service, allowance)
    case 'await-service':
    case 'remove-service':
    case 'remove-network':
    case 'remove-config':
    case 'remove-secret':
      return []
  }
}

const found = (...violations: readonly (Violation | undefined)[]): readonly Violation[] =>
  violations.filter((violation) => violation !== undefined)

/** The platform is an app too; it is changed by its own program only. */
export const isPlatformApp = ({ app }: EnvironmentRef): boolean => isPlatformName(`${app}_`)

export const platformViolation: Violation = {
  path: 'name',
  message: 'atoll is the platform itself and is not changed through it',
  hint: 'run "atoll init" or "atoll upgrade" with the engine of a manager, which change it in direct mode',
}

/** Whether a service joins networks that are not named as its environment's own; whose they are only their labels say. */
export const joinsOthers = (action: Action, { app, environment }: EnvironmentRef): boolean =>
  (action.kind === 'create-service' || action.kind === 'update-service' || action.kind === 'replace-service') &&
  action.service.networks.some(({ engineName, network }) => engineName !== `${app}_${environment}_${network}`)

const judgeService = (service: Service, allowance: Allowance): readonly Violation[] => {
  const path = `services.${service.name}`
  return found(
    judgeName(service.engineName, path),
    judgeLabels(service.labels, `${path}.labels`),
    judgeLabels(service.serviceLabels, `${path}.deploy.labels`),
    ...service.mounts.map((mount) => judgeMount(mount, `${path}.volumes (${mount.target})`, allowance)),
    ...service.configs.map((file) => judgeName(file.engineName, `${path}.configs (${file.name})`)),
    ...service.secrets.map((file) => judgeName(file.engineName, `${path}.secrets (${file.name})`)),
    ...service.networks.map((network) => judgeAttachment(network, `${path}.networks.${network.network}`, allowance)),
    ...service.capAdd.map((name) => judgeCapability(name, `${path}.cap_add (${name})`, allowance)),
    judgeSeLinux(service, path, allowance),
    judgeLogging(service, `${path}.logging`),
  )
}

/** Networks that are the node's own. */
const hostNetworks: ReadonlySet<string> = new Set(['host', 'bridge', 'docker_gwbridge', 'ingress'])

const judgeAttachment = (
  { engineName }: Service['networks'][number],
  path: string,
  { hostNetwork }: Allowance,
): Violation | undefined => {
  if (!hostNetworks.has(engineName) || hostNetwork) return judgeName(engineName, path)
  const message = `${engineName} is the node's own network`
  return {
    path,
    message,
    hint: 'join a network of the app and publish ports; an owner allows it with "atoll allow APP --host-network"',
  }
}

const judgeNetwork = (network: Network, { hostNetwork }: Allowance): Violation | undefined => {
  const path = `networks.${network.name}`
  if (network.driver !== 'overlay' && !hostNetwork) {
    const message = `a network of driver ${network.driver} is one of the node's own`
    return {
      path: `${path}.driver`,
      message,
      hint: 'use overlay; an owner allows it with "atoll allow APP --host-network"',
    }
  }
  return judgeName(network.engineName, path) ?? judgeLabels(network.labels, `${path}.labels`)
}

/** A config under a document's name or labels would be read as one. */
const judgeFile = (section: 'configs' | 'secrets', file: StoredFile): Violation | undefined => {
  const path = `${section}.${file.name}`
  return judgeName(file.engineName, path) ?? judgeLabels(file.labels, `${path}.labels`)
}

/**
 * What Docker gives every container unless told otherwise, and IPC_LOCK, which lets a program keep its own memory from being
 * swapped, within its limit.
 */
const harmlessCapabilities: ReadonlySet<string> = new Set(
  (
    'AUDIT_WRITE CHOWN DAC_OVERRIDE FOWNER FSETID IPC_LOCK KILL MKNOD NET_BIND_SERVICE NET_RAW SETFCAP SETGID SETPCAP ' +
    'SETUID SYS_CHROOT'
  ).split(' '),
)

const bareCapability = (name: string): string => name.trim().toUpperCase().replace(/^CAP_/, '')

const judgeCapability = (name: string, path: string, { capabilities }: Allowance): Violation | undefined => {
  const bare = bareCapability(name)
  if (harmlessCapabilities.has(bare) || capabilities.some((allowed) => bareCapability(allowed) === bare))
    return undefined
  return {
    path,
    message: `${bare} reaches beyond the container`,
    hint: `an owner allows it with "atoll allow APP --capability ${bare}"`,
  }
}

const judgeSeLinux = (
  { isSeLinuxDisabled }: Service,
  path: string,
  { withoutSeLinux }: Allowance,
): Violation | undefined =>
  isSeLinuxDisabled === true && !withoutSeLinux
    ? {
        path: `${path}.security_opt`,
        message: 'label:disable takes the container out of what SELinux keeps it in',
        hint: 'leave it out; an owner allows it with "atoll allow APP --without-selinux"',
      }
    : undefined

/** Log drivers are run by the engine itself: a socket or file in their options is one of the host. */
const judgeLogging = ({ logging }: Service, path: string): Violation | undefined => {
  const found = Object.entries(logging.options).find(([, value]) => /^\s*(?:\/|unix|file:)/i.test(value))
  if (found === undefined) return undefined
  const [option, value] = found
  const hint = 'send logs over the network, or leave logging out; nobody can allow this'
  return { path: `${path}.options.${option}`, message: `${value} is a file or socket of the node`, hint }
}

/** A build runs on the node, and there is no app yet that an owner could have allowed something. */
export const judgeBuild = ({ network }: Build): readonly Violation[] =>
  network === undefined || network === '' || network === 'default' || network === 'none'
    ? []
    : [
        {
          path: 'build.network',
          message: `${network} is the node's own network or another container's`,
          hint: 'leave build.network out; nobody can allow this',
        },
      ]
