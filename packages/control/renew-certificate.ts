import type { ServerCredentials } from './certificate.ts'
import type { World } from './control.ts'
import { limits } from './limits.ts'

interface Renewal {
  /** A server of node:tls; connections that are open keep what they began with. */
  readonly server: { setSecureContext(options: ServerCredentials & { readonly minVersion: 'TLSv1.3' }): void }
  readonly certify: (signal: AbortSignal) => Promise<ServerCredentials>
}

/** A certificate long before the old one ends, and as soon as a node has come or moved: its name has to stand in it. */
export const renewCertificate = async (
  world: World,
  { server, certify }: Renewal,
  signal: AbortSignal,
): Promise<void> => {
  let known: string | undefined
  let issuedAtMs = world.clock.now()
  while (!signal.aborted) {
    try {
      const nodes = await nameNodes(world, signal)
      const isDue = world.clock.now() - issuedAtMs >= limits.certificateEveryMs
      if (isDue || (known !== undefined && nodes !== known)) {
        server.setSecureContext({ ...(await certify(signal)), minVersion: 'TLSv1.3' })
        issuedAtMs = world.clock.now()
      }
      known = nodes
    } catch (error) {
      if (!signal.aborted) world.log({ event: 'certificate not renewed', error: String(error) })
    }
    await world.clock.wait(limits.nodesEveryMs, signal).catch(() => undefined)
  }
}

const nameNodes = async ({ engine }: World, signal: AbortSignal): Promise<string> =>
  (await engine.nodes(signal))
    .map(({ name, address }) => `${name} ${address}`)
    .toSorted()
    .join(', ')
