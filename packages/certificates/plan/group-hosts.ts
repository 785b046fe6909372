import { coversHost } from '../certificate.ts'
import type { Attempts } from './attempts.ts'
import { limits } from './limits.ts'
import type { Challenges, HostState, Issue } from './plan-issues.ts'

interface Rules {
  readonly attempts: Attempts
  readonly challenges: Challenges
}

/**
 * Which hosts share a certificate: those of one environment, as they come and go together. One that has failed goes alone, so
 * that it keeps no other back; one below a wildcard that is asked for anyway needs none.
 */
export const groupHosts = (due: readonly HostState[], { attempts, challenges }: Rules): readonly Issue[] => {
  const wildcards = due.filter(({ host }) => host.startsWith('*.') && attempts[host] === undefined)
  const needed = due.filter(({ host }) => !wildcards.some((above) => isBelow(host, above.host)))
  const groups = new Map<string, string[]>()
  for (const { host, of } of needed) {
    const challenge = host.startsWith('*.') || challenges === 'dns' ? 'dns' : 'http'
    const together = attempts[host] === undefined ? (of[0] ?? '') : `${host} alone`
    const key = `${challenge} ${together}`
    groups.set(key, [...(groups.get(key) ?? []), host])
  }
  return [...groups].flatMap(([key, hosts]) =>
    chunk(hosts.toSorted()).map((names) => ({ names, challenge: key.startsWith('dns ') ? 'dns' : 'http' }) as const),
  )
}

const isBelow = (host: string, wildcard: string): boolean => host !== wildcard && coversHost(wildcard, host)

const chunk = (hosts: readonly string[]): readonly (readonly string[])[] =>
  Array.from({ length: Math.ceil(hosts.length / limits.namesPerCertificate) }, (_, at) =>
    hosts.slice(at * limits.namesPerCertificate, (at + 1) * limits.namesPerCertificate),
  )
