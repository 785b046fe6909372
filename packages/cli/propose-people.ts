import type { Client } from '@atoll/api'
import type { Cli } from './cli.ts'
import { listAll } from './platform/list-all.ts'
import { connectPlatform } from './platform/open-platform.ts'

/** A shell that waits longer for Tab feels broken. */
const timeoutMs = 1_500

/** Teams one has a role in; none where no control answers at once. */
export const proposeTeams = (cli: Cli, partial: string): Promise<readonly string[]> =>
  propose(cli, partial, async (client, signal) =>
    (await listAll((query) => client.call('listTeams', { query }, signal))).map(({ name }) => name),
  )

/** People of the cluster; none for who may not list them. */
export const proposePeople = (cli: Cli, partial: string): Promise<readonly string[]> =>
  propose(cli, partial, async (client, signal) =>
    (await listAll((query) => client.call('listPeople', { query }, signal))).map(({ name }) => name),
  )

/** Apps without their environments. */
export const proposeAppNames = (cli: Cli, partial: string): Promise<readonly string[]> =>
  propose(cli, partial, async (client, signal) => [
    ...new Set((await listAll((query) => client.call('listApps', { query }, signal))).map(({ ref }) => ref.app)),
  ])

/** Ids of invitations that nobody took. */
export const proposeInvitations = (cli: Cli, partial: string): Promise<readonly string[]> =>
  propose(cli, partial, async (client, signal) =>
    (await listAll((query) => client.call('listInvitations', { query }, signal))).map(({ id }) => id),
  )

/** Ids of invitations of servers. */
export const proposeServerInvitations = (cli: Cli, partial: string): Promise<readonly string[]> =>
  propose(cli, partial, async (client, signal) =>
    (await listAll((query) => client.call('listServerInvitations', { query }, signal))).map(({ id }) => id),
  )

/** Hosts that are answered with a certificate, and the ids of all. */
export const proposeCertificates = (cli: Cli, partial: string): Promise<readonly string[]> =>
  propose(cli, partial, async (client, signal) => {
    const { certificates, hosts } = await client.call('listCertificates', {}, signal)
    return [
      ...hosts.flatMap(({ host, certificate }) => (certificate ? [host] : [])),
      ...certificates.map(({ id }) => id),
    ]
  })

type Ask = (client: Client, signal: AbortSignal) => Promise<readonly string[]>

const propose = async (cli: Cli, partial: string, ask: Ask): Promise<readonly string[]> => {
  try {
    await using connection = await connectPlatform(cli, {})
    const names = await ask(connection.client, AbortSignal.any([cli.signal, AbortSignal.timeout(timeoutMs)]))
    return names.filter((name) => name.startsWith(partial))
  } catch {
    // Proposals are a convenience: what is wrong the command itself says.
    return []
  }
}
