import { homedir } from 'node:os'
import { isIP } from 'node:net'
import { resolve } from 'node:path'
import type { SshLogin } from '@atoll/server'
import { mergeSettings } from '@atoll/server/declared'
import type { NodeEntry, ServerFile, Settings } from '@atoll/server/declared'
import { UsageError } from '../errors.ts'
import type { ReadServers } from './read-servers.ts'

/** A node of the cluster, as it knows it. */
export interface KnownNode {
  readonly name: string
  readonly address: string
  readonly labels: Readonly<Record<string, string>>
}

/** A server that something is declared for. */
export interface Target {
  readonly node: string
  readonly login: SshLogin
  readonly settings: Settings
  /** By which the others know it; undefined where nobody says. */
  readonly address?: string
}

/**
 * The servers that are meant: those the file lists, or every node of the cluster where it lists none; of these the ones named.
 * Pure. Throws UsageError for a name that is none of them.
 */
export const findTargets = (
  { file, folder }: Pick<ReadServers, 'file' | 'folder'>,
  known: readonly KnownNode[],
  names: readonly string[],
): readonly Target[] => {
  const listed = Object.keys(file.nodes ?? {})
  const meant = listed.length > 0 ? listed : known.map(({ name }) => name)
  const strange = names.filter((name) => !meant.includes(name))
  if (strange.length > 0 || meant.length === 0) throw unknown(strange, meant)
  const chosen = names.length === 0 ? meant : meant.filter((name) => names.includes(name))
  return chosen.map((name) => toTarget(name, { file, folder, node: known.find((node) => node.name === name) }))
}

/** Of servers with firewalls those whose address nobody knows. */
export const findStrangers = (targets: readonly Target[]): readonly Target[] =>
  targets.some(({ settings }) => settings.firewall !== undefined && settings.firewall !== 'off')
    ? targets.filter(({ address }) => address === undefined)
    : []

/** Of every node that the file or the cluster knows, also of those that are not meant this time. */
export const listAddresses = (
  read: Pick<ReadServers, 'file' | 'folder'>,
  known: readonly KnownNode[],
): readonly string[] => {
  const listed = Object.keys(read.file.nodes ?? {}).length === 0 ? [] : findTargets(read, known, [])
  return [...new Set([...known.map(({ address }) => address), ...listed.flatMap(({ address }) => address ?? [])])]
}

const unknown = (strange: readonly string[], meant: readonly string[]): UsageError => {
  if (meant.length === 0) {
    return new UsageError(
      'there is no server to apply to: the file lists no nodes, and no cluster is reached',
      'list them under nodes:',
    )
  }
  return new UsageError(`${strange.join(', ')}: no such node is listed`, `the nodes are ${meant.join(', ')}`)
}

interface Sought {
  readonly file: ServerFile
  readonly folder: string
  readonly node: KnownNode | undefined
}

const toTarget = (name: string, { file, folder, node }: Sought): Target => {
  const entry = file.nodes?.[name] ?? {}
  const login = toLogin(entry, { file, folder, fallback: `root@${node?.address ?? entry.address ?? name}` })
  const address = entry.address ?? node?.address ?? addressIn(login.destination)
  const labels = node?.labels ?? entry.labels ?? {}
  return {
    node: name,
    login,
    settings: mergeSettings(file, { name, labels }),
    ...(address === undefined ? {} : { address }),
  }
}

interface LoginSource {
  readonly file: ServerFile
  readonly folder: string
  readonly fallback: string
}

const toLogin = ({ ssh }: NodeEntry, { file, folder, fallback }: LoginSource): SshLogin => {
  const own = typeof ssh === 'string' ? { destination: ssh } : (ssh ?? { destination: fallback })
  const { destination, port, identity, config } = { ...file.ssh, ...own }
  return {
    destination,
    isAlone: true,
    ...(port === undefined ? {} : { port }),
    ...(identity === undefined ? {} : { identity: toPath(identity, folder) }),
    ...(config === undefined ? {} : { configFile: toPath(config, folder) }),
  }
}

/** Paths are as in a shell: `~/` is the home of who runs this. */
const toPath = (path: string, folder: string): string =>
  path.startsWith('~/') ? resolve(homedir(), path.slice(2)) : resolve(folder, path)

const addressIn = (destination: string): string | undefined => {
  const host = destination.slice(destination.lastIndexOf('@') + 1)
  return isIP(host) === 0 ? undefined : host
}
