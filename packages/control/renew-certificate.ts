import { readVips } from '@atoll/server/vips'
import type { ServerCredentials } from './certificate.ts'
import type { World } from './control.ts'
import { limits } from './limits.ts'

interface Renewal {
  /** A server of node:tls; connections that are open keep what they began with. */
  readonly server: { setSecureContext(options: ServerCredentials & { readonly minVersion: 'TLSv1.3' }): void }
  readonly certify: (signal: AbortSignal) => Promise<ServerCredentials>
}

/** A certificate long before the old one ends, and as soon as a node or a virtual address has come: its name has to stand in it. */
export const renewCertificate = async (
  world: World,
  { server, certify }: Renewal,
  signal: AbortSignal,
): Promise<void> => {
  let known: string | undefined
  let issuedAtMs = world.clock.now()
  while (!signal.aborted) {
    try {
      const names = await listNames(world, signal)
      const isDue = world.clock.now() - issuedAtMs >= limits.certificateEveryMs
      if (isDue || (known !== undefined && names !== known)) {
        server.setSecureContext({ ...(await certify(signal)), minVersion: 'TLSv1.3' })
        issuedAtMs = world.clock.now()
      }
      known = names
    } catch (error) {
      if (!signal.aborted) world.log({ event: 'certificate not renewed', error: String(error) })
    }
    await world.clock.wait(limits.nodesEveryMs, signal).catch(() => undefined)
  }
}

const listNames = async ({ engine, documents }: World, signal: AbortSignal): Promise<string> => {
  const [nodes, { vips }] = await Promise.all([engine.nodes(signal), readVips({ documents }, signal)])
  return [...nodes.map(({ name, address }) => `${name} ${address}`), ...vips.map(({ address }) => address)]
    .toSorted()
    .join(', ')
}
