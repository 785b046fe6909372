import { describe, expect, test } from 'vitest'
import { checkServer } from './check-server.ts'
import type { WantedServer } from './check-server.ts'
import type { ServerFacts } from './facts.ts'

const gibibyte = 1024 ** 3

const good: ServerFacts = {
  hostname: 'node-2',
  system: 'debian 12',
  hasApt: true,
  kernel: { release: '6.1.0', hasOverlay: true, hasVxlan: true, hasCgroups: true },
  memoryBytes: 4 * gibibyte,
  disk: { freeBytes: 40 * gibibyte, sizeBytes: 50 * gibibyte },
  clock: { aheadMs: 12, uncertainMs: 20 },
  listening: [{ protocol: 'tcp', port: 22 }],
  addresses: [{ device: 'eth0', address: '10.0.0.2', isPrivate: true }],
  resolvesNames: true,
  brokenPackages: [],
  engine: { kind: 'answering', version: '20.10.24', swarm: { kind: 'none' } },
  hasServiceManager: true,
}

const member = (nodeId: string, state = 'active'): ServerFacts['engine'] => ({
  kind: 'answering',
  version: '20.10.24',
  swarm: { kind: 'member', nodeId, state, isManager: false, address: '10.0.0.2' },
})

const first: WantedServer = { isManager: true }
const further: WantedServer = { isManager: false, cluster: { nodes: [{ id: 'one', name: 'node-1' }] } }

test('a good server is found nothing about', () => {
  expect(checkServer(good, first)).toEqual([])
  expect(checkServer(good, further)).toEqual([])
})

const rows: readonly (readonly [string, Partial<ServerFacts>, WantedServer, readonly string[]])[] = [
  ['another system', { system: 'fedora 40', hasApt: false }, first, ['refuses system']],
  ['one like it', { system: 'linuxmint 22' }, first, ['notice system']],
  ['no overlay', { kernel: { ...good.kernel, hasOverlay: false } }, first, ['refuses overlay']],
  ['no vxlan', { kernel: { ...good.kernel, hasVxlan: false } }, first, ['refuses vxlan']],
  ['no cgroups', { kernel: { ...good.kernel, hasCgroups: false } }, first, ['refuses cgroup']],
  ['hardly any memory', { memoryBytes: 0.4 * gibibyte }, first, ['refuses memory']],
  ['little memory for a manager', { memoryBytes: gibibyte }, first, ['notice memory']],
  ['enough for a worker', { memoryBytes: gibibyte }, further, []],
  [
    'hardly any memory for a witness',
    { memoryBytes: 0.2 * gibibyte },
    { isManager: true, isWitness: true },
    ['refuses memory'],
  ],
  ['little memory, and a witness', { memoryBytes: 0.4 * gibibyte }, { isManager: true, isWitness: true }, []],
  ['a full disk', { disk: { freeBytes: gibibyte, sizeBytes: 50 * gibibyte } }, first, ['refuses disk']],
  ['little room', { disk: { freeBytes: 5 * gibibyte, sizeBytes: 50 * gibibyte } }, first, ['notice disk']],
  ['a clock 10 minutes ahead', { clock: { aheadMs: 600_000, uncertainMs: 40 } }, first, ['refuses clock']],
  ['a clock 10 minutes behind', { clock: { aheadMs: -600_000, uncertainMs: 40 } }, first, ['refuses clock']],
  ['a slow line is no wrong clock', { clock: { aheadMs: 7_000, uncertainMs: 6_000 } }, first, []],
  ['no names, with Docker', { resolvesNames: false }, first, ['notice dns']],
  ['no names', { resolvesNames: false, engine: { kind: 'absent' } }, first, ['refuses dns', 'mendable engine']],
  ['no address', { addresses: [] }, first, ['refuses address']],
  [
    'a public address alone',
    { addresses: [{ device: 'eth0', address: '203.0.113.7', isPrivate: false }] },
    first,
    ['notice address'],
  ],
  ['port 2377 taken', { listening: [{ protocol: 'tcp', port: 2377 }] }, first, ['refuses ports']],
  ['a web server', { listening: [{ protocol: 'tcp', port: 443 }] }, first, ['refuses ports']],
  [
    'a web server, and a witness',
    { listening: [{ protocol: 'tcp', port: 443 }] },
    { isManager: true, isWitness: true },
    [],
  ],
  [
    'a web server, and no ingress',
    { listening: [{ protocol: 'tcp', port: 443 }] },
    { isManager: true, hasIngress: false },
    [],
  ],
  [
    'a database at a stream port',
    { listening: [{ protocol: 'tcp', port: 5432 }] },
    { isManager: true, streamPorts: [5432] },
    ['refuses ports'],
  ],
  ['a database at a port nobody has opened', { listening: [{ protocol: 'tcp', port: 5432 }] }, first, []],
  [
    'a database at a stream port, and a witness',
    { listening: [{ protocol: 'tcp', port: 5432 }] },
    { isManager: true, isWitness: true, streamPorts: [5432] },
    [],
  ],
  ['4789 of another protocol', { listening: [{ protocol: 'tcp', port: 4789 }] }, first, []],
  [
    'its own ports, as a node',
    { listening: [{ protocol: 'tcp', port: 7946 }], engine: member('one') },
    further,
    ['notice swarm'],
  ],
  ['half-installed packages', { brokenPackages: ['docker.io'] }, first, ['mendable packages']],
  ['no Docker', { engine: { kind: 'absent' } }, first, ['mendable engine']],
  ['no Docker and no apt', { engine: { kind: 'absent' }, hasApt: false }, first, ['refuses system', 'refuses engine']],
  ['Docker that is silent', { engine: { kind: 'silent' } }, first, ['mendable engine']],
  [
    'Docker that is too old',
    { engine: { kind: 'answering', version: '19.03.1', swarm: { kind: 'none' } } },
    first,
    ['refuses engine'],
  ],
  [
    'Docker with a known flaw',
    { engine: { kind: 'answering', version: '29.0.1', swarm: { kind: 'none' } } },
    first,
    ['notice engine'],
  ],
  ['the same server once more', { engine: member('one'), hostname: 'node-1' }, further, ['notice swarm']],
  ['a node of another Swarm', { engine: member('other') }, further, ['refuses swarm']],
  ['a node of another Swarm, as the first', { engine: member('other') }, first, ['refuses swarm']],
  ['a join that was interrupted', { engine: member('', 'pending') }, further, ['mendable swarm']],
  ['a name that is taken', { hostname: 'node-1' }, further, ['refuses name']],
  ['a name that is taken, and another', { hostname: 'node-1' }, { ...further, name: 'node-9' }, []],
]

test.each(rows)('%s', (_, facts, wanted, expected) => {
  const findings = checkServer({ ...good, ...facts }, wanted)
  expect(findings.map(({ kind, about }) => `${kind} ${about}`)).toEqual(expected)
})

describe('what is said', () => {
  test('names the reason and the remedy, each', () => {
    for (const [name, facts, wanted] of rows) {
      for (const { message, why, remedy } of checkServer({ ...good, ...facts }, wanted)) {
        expect(
          [message, why, remedy].every((words) => words.length > 10),
          name,
        ).toBe(true)
      }
    }
  })

  test('is in words a person knows', () => {
    const [finding] = checkServer({ ...good, clock: { aheadMs: -600_000, uncertainMs: 40 } }, first)
    expect(finding?.message).toBe('its clock is 600 s behind the one here')
    const [ports] = checkServer({ ...good, listening: [{ protocol: 'udp', port: 4789 }] }, first)
    expect(ports?.message).toBe('somebody else listens at 4789/udp (the networks of apps)')
    expect(ports?.remedy).not.toContain('--ingress off')
    const listening = [{ protocol: 'tcp', port: 80 }] as const
    expect(checkServer({ ...good, listening }, first)[0]?.remedy).toContain('"atoll init --ingress off"')
    expect(checkServer({ ...good, listening }, further)[0]?.remedy).not.toContain('--ingress off')
  })
})
