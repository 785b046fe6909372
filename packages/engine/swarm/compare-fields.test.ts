import type { Service } from '@atoll/spec'
import { createService, createVolumeMount } from '@atoll/plan/fixtures'
import { expect, test } from 'vitest'
import { compareBody } from './compare-body.ts'
import { translateService } from './translate.ts'

const file = { name: 'c', engineName: 'shop_test_c_1', target: '/c', uid: '0', gid: '0', mode: 0o444 }
const resources = { nanoCpus: 1e9, memoryBytes: 1e8, pids: 10, generic: [{ kind: 'gpu', value: 1 }] }

/** Every field set to something. */
const full: Partial<Service> = {
  entrypoint: ['/run'],
  command: ['serve'],
  environment: { A: 'x' },
  unsetVariables: ['B'],
  user: 'u',
  groups: ['7'],
  workingDir: '/w',
  hostname: 'h',
  extraHosts: ['a:1.2.3.4'],
  dns: { servers: ['1.1.1.1'], search: ['x.y'], options: ['ndots:1'] },
  labels: { l: '1' },
  serviceLabels: { m: '2' },
  mounts: [
    createVolumeMount('data'),
    { kind: 'bind', source: '/s', target: '/b', isReadOnly: true, propagation: 'rslave' },
    { kind: 'tmpfs', target: '/t', isReadOnly: false, sizeBytes: 5, mode: 0o700 },
  ],
  configs: [file],
  secrets: [file],
  networks: [{ network: 'back', engineName: 'shop_test_back', aliases: ['a'], driverOptions: { o: '1' } }],
  ports: [{ target: 80, published: 8080, protocol: 'tcp', mode: 'host' }],
  healthcheck: { test: ['CMD'], intervalMs: 1, timeoutMs: 2, startPeriodMs: 3, startIntervalMs: 4, retries: 5 },
  readOnly: true,
  tty: true,
  stdinOpen: true,
  stopSignal: 'SIGINT',
  stopGraceMs: 1,
  capAdd: ['CAP_KILL'],
  capDrop: ['ALL'],
  noNewPrivileges: true,
  isSeLinuxDisabled: true,
  sysctls: { s: '1' },
  ulimits: [{ name: 'nofile', soft: 1, hard: 2 }],
  isolation: 'process',
  resources: { limits: resources, reservations: resources },
  placement: { constraints: ['a==b'], spread: ['node.labels.zone'], maxPerNode: 1 },
  restart: { condition: 'any', delayMs: 1, maxAttempts: 2, windowMs: 3 },
  logging: { driver: 'local', options: { o: '1' } },
  generation: 1,
}

const context = { ref: { app: 'shop', environment: 'test' }, release: 1 }

/** Not told: whose it is, what it is called, ids (they follow from names), and what older engines forget. */
const untold = /^(?:Name|Labels\.atoll\..*|.*\.Labels\.atoll\..*|.*\.(?:Config|Secret)ID|.*\.NoNewPrivileges)$/

type Path = readonly string[]

const leavesOf = (value: unknown, path: Path = []): readonly Path[] =>
  typeof value === 'object' && value !== null
    ? Object.entries(value).flatMap(([key, inner]) => leavesOf(inner, [...path, key]))
    : [path]

const other = (value: unknown): unknown => {
  if (typeof value === 'number') return value + 1_000_000
  return typeof value === 'boolean' ? !value : `${String(value)}x`
}

const changeAt = (value: unknown, [key, ...rest]: Path): unknown => {
  if (key === undefined) return other(value)
  const entries = Object.entries(value as object).map(([name, inner]) => [
    name,
    name === key ? changeAt(inner, rest) : inner,
  ])
  return Array.isArray(value) ? entries.map(([, inner]) => inner as unknown) : Object.fromEntries(entries)
}

test.each([
  { kind: 'replicated', replicas: 3 },
  { kind: 'once', completions: 3, concurrency: 2 },
] as const)('a change of any single field is seen: $kind', (mode) => {
  const body = translateService(createService('web', { ...full, mode }), context)
  const paths = leavesOf(body).filter((path) => !untold.test(path.join('.')))
  expect(paths.length).toBeGreaterThan(70)
  const unseen = paths.filter((path) => compareBody(body, changeAt(body, path) as object).length === 0)
  expect(unseen.map((path) => path.join('.'))).toEqual([])
})

test.each([{ kind: 'replicated', replicas: 3 }, { kind: 'global' }, { kind: 'once-per-node' }] as const)(
  'another mode is seen: $kind',
  (mode) => {
    const body = translateService(createService('web', { mode }), context)
    const job = translateService(
      createService('web', { mode: { kind: 'once', completions: 1, concurrency: 1 } }),
      context,
    )
    expect(compareBody(body, job).length).toBeGreaterThan(0)
  },
)
