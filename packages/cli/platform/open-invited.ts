import { openClient } from '@atoll/api'
import type { Client, Reply } from '@atoll/api'
import type { Cli } from '../cli.ts'
import { pinAuthority } from './read-authority.ts'
import { renderUrl } from './renew-urls.ts'
import { openTransport } from './transport.ts'

/** What stands in the link of an invitation. */
export interface InvitedLink {
  readonly url: string
  readonly token: string
  readonly fingerprint: string
}

/** A cluster as a server sees it that is invited to it. */
export interface Invited extends AsyncDisposable {
  readonly client: Client
  readonly cluster: Reply<'lookAtCluster'>
  /** The time of the cluster minus the time here. */
  readonly aheadMs: number
}

type Asker = Pick<Cli, 'clock' | 'signal'>

/** Opens the control of a link, and all others behind it. CommandError `not-trusted` before anything is sent, `unreachable`. */
export const openInvited = async (link: InvitedLink, { clock, signal }: Asker): Promise<Invited> => {
  const authorityPem = await pinAuthority(link.url, link.fingerprint, signal)
  const { cluster, aheadMs } = await look(link, authorityPem, { clock, signal })
  const { port } = new URL(link.url)
  const addresses = cluster.nodes.filter(({ isManager }) => isManager).map(({ address }) => address)
  const urls = [...new Set([link.url, ...addresses.map((address) => renderUrl(address, port))])]
  const transport = openTransport({ urls, authorityPem })
  return {
    client: openClient({ send: transport.send }),
    cluster,
    aheadMs,
    [Symbol.asyncDispose]: () => transport[Symbol.asyncDispose](),
  }
}

const look = async ({ url, token }: InvitedLink, authorityPem: string, { clock, signal }: Asker) => {
  await using transport = openTransport({ urls: [url], authorityPem })
  const beforeMs = clock.now()
  const cluster = await openClient({ send: transport.send }).call('lookAtCluster', { body: { token } }, signal)
  return { cluster, aheadMs: cluster.nowMs - (beforeMs + clock.now()) / 2 }
}
