import { issueCertificate } from '@atoll/authority'
import type { Authority } from '@atoll/authority'
import { readVips } from '@atoll/server/vips'
import { isIP } from 'node:net'
import { z } from 'zod'
import type { Config } from './config.ts'
import type { World } from './control.ts'
import { limits } from './limits.ts'

export interface ServerCredentials {
  readonly key: string
  readonly cert: string
}

const authorityShape = z.object({ certificatePem: z.string(), keyPem: z.string() })

/** Throws for what is no authority, without telling any of it. */
export const parseAuthority = (text: string): Authority => {
  try {
    return authorityShape.parse(JSON.parse(text))
  } catch {
    throw new Error('the file that ATOLL_AUTHORITY names holds no authority of Atoll')
  }
}

/**
 * A certificate of our own for every name this control is reached by, which are those of all nodes and the virtual addresses they
 * hold: a worker's gate passes its connections to any control. Its key is never written anywhere.
 */
export const issueCredentials = async (
  { engine, documents, node, clock }: World,
  { config, authority }: { readonly config: Pick<Config, 'names' | 'addresses'>; readonly authority: Authority },
  signal: AbortSignal,
): Promise<ServerCredentials> => {
  const [nodes, { vips }] = await Promise.all([engine.nodes(signal), readVips({ documents }, signal)])
  const ofNodes = [...nodes.flatMap(({ name, address }) => [name, address]), ...vips.map(({ address }) => address)]
  const given = [...config.names, ...config.addresses, ...ofNodes]
  const { certificatePem, keyPem } = await issueCertificate({
    authority,
    commonName: `control on ${node.name}`,
    names: [...new Set(['localhost', 'control', node.name, ...given.filter((name) => isIP(name) === 0)])],
    addresses: [...new Set(['127.0.0.1', ...given.filter((name) => isIP(name) !== 0)])],
    use: 'server',
    nowMs: clock.now(),
    lifeMs: limits.certificateLifeMs,
  })
  return { key: keyPem, cert: `${certificatePem.trim()}\n${authority.certificatePem.trim()}\n` }
}
