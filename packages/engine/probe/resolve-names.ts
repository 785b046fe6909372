import { Resolver } from 'node:dns/promises'
import type { ResolvedName } from '../names.ts'

export interface ResolveOptions {
  /** `127.0.0.1:5353`; the container's own servers unless said. */
  readonly servers?: readonly string[]
  readonly timeoutMs?: number
}

/** Asks for the IPv4 addresses of each name; none of them keeps the others waiting. A busy node gets ten seconds to answer. */
export const resolveNames = (
  names: readonly string[],
  { servers, timeoutMs = 1_500 }: ResolveOptions = {},
): Promise<readonly ResolvedName[]> => {
  const resolver = new Resolver({ timeout: timeoutMs, tries: 3 })
  if (servers !== undefined) resolver.setServers(servers)
  return Promise.all(names.map((name) => resolve(resolver, name)))
}

const absent: ReadonlySet<string> = new Set(['ENOTFOUND', 'ENODATA'])

const resolve = async (resolver: Resolver, name: string): Promise<ResolvedName> => {
  try {
    return { kind: 'found', name, addresses: (await resolver.resolve4(name)).sort() }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
    return absent.has(code) ? { kind: 'absent', name } : { kind: 'silent', name, code }
  }
}
