import { describe, expect, it } from 'vitest'
import { diffRoutes } from './diff-routes.ts'
import { createFile, createRoute, createService, createVolumeMount } from './fixtures.ts'
import { renderPlan } from './explain.ts'
import { planJson } from './plan-json.ts'
import { plan } from './plan.ts'
import { attached, converge, empty, replicated, waitsFor, want } from './plan-table.ts'
import { warnings } from './warnings.ts'

const before = want([
  createService('api', { ...attached, image: 'api:1', environment: { LOG_LEVEL: 'info', DB_PASSWORD: 'old' } }),
  createService('legacy'),
  createService('web', replicated(2)),
])

const after = want(
  [
    createService('api', {
      ...attached,
      ...waitsFor('db'),
      image: 'api:2',
      environment: { LOG_LEVEL: 'debug', DB_PASSWORD: 'new' },
    }),
    createService('db', { mounts: [createVolumeMount('data')] }),
    createService('migrate', { mode: { kind: 'once', completions: 1, concurrency: 1 } }),
    createService('web', replicated(3)),
  ],
  { configs: [createFile('settings', 'ab12')] },
  2,
)

describe('a plan for people', () => {
  const observed = converge(before)
  const actions = plan(after, observed, 0)

  it('says what is created, changed field by field, and removed', () => {
    expect(renderPlan(actions, []).split('\n')).toEqual([
      '  + config  settings          shop_test_settings_ab12',
      '  + volume  data              placed on b, where db stays with it',
      '  + service db                1 task of db:1',
      '      mounts volume data at /data',
      '      has no health check of its own',
      '  + service migrate           one run of migrate:1',
      '  ~ service web               changes without a restart',
      '      mode.replicas  2 -> 3',
      '  . wait until db is healthy',
      '  ~ service api               restarts: environment.DB_PASSWORD, environment.LOG_LEVEL, image',
      '      dependsOn.db             (none) -> {"service":"db","condition":"healthy","isRequired":true,"restarts":false}',
      '      environment.DB_PASSWORD  **** -> ****',
      '      environment.LOG_LEVEL    info -> debug',
      '      image                    api:1 -> api:2',
      '  - service shop_test_legacy',
      '',
      '4 to create, 2 to change, 1 to remove',
    ])
  })

  it('ends with the warnings, those that block first', () => {
    const text = renderPlan(
      actions,
      warnings(
        want([createService('web', { ...replicated(4), placement: { constraints: [], spread: [], maxPerNode: 1 } })]),
        empty,
      ),
    )
    expect(text).toContain('\n\nblocked: web: one per node, 4 wanted, 3 nodes\n  -> add nodes')
  })

  it('says what a new service does to the world around it', () => {
    const web = createService('web', {
      image: `web:1@sha256:${'0123456789ab'.padEnd(64, 'c')}`,
      ports: [
        { target: 80, published: 8080, protocol: 'tcp', mode: 'host' },
        { target: 53, protocol: 'udp', mode: 'ingress' },
      ],
      mounts: [
        { kind: 'bind', source: '/etc/hosts', target: '/hosts', isReadOnly: true },
        { kind: 'tmpfs', target: '/tmp', isReadOnly: false },
      ],
      secrets: [{ name: 'password', engineName: 'x', target: 'password', uid: '0', gid: '0', mode: 0o444 }],
      resources: {
        limits: { nanoCpus: 5e8, memoryBytes: 256 * 1024 ** 2, pids: 50 },
        reservations: { memoryBytes: 1024 },
      },
      placement: { constraints: ['node.id==x', 'node.role==worker'], spread: ['node.labels.zone'], maxPerNode: 1 },
      healthcheck: { test: ['CMD', 'true'] },
    })
    expect(
      renderPlan([{ kind: 'create-service', service: web }], [])
        .split('\n')
        .slice(0, -2),
    ).toEqual([
      '  + service web  1 task of web:1@sha256:0123456789ab',
      '      publishes 8080 -> 80/tcp on its nodes, 53/udp on every node',
      '      mounts /etc/hosts of its node at /hosts (read-only), memory at /tmp',
      '      reads password (secret)',
      '      reserves 1 KiB of memory',
      '      limited to 0.5 processors, 256 MiB of memory, 50 processes',
      '      runs at most 1 per node, spread over node.labels.zone, where node.role==worker',
    ])
  })

  it('tells of routes, which need no action', () => {
    const [first, second] = [createRoute('web', 'a.example.org'), createRoute('web', 'b.example.org')]
    const limited = { ...second, rateLimit: { requests: 5, perMs: 1_000 } }
    const changed = diffRoutes([first, second], [limited])
    expect(renderPlan([], [], { routes: changed }).split('\n')).toEqual([
      '  - route   web  a.example.org/',
      '  ~ route   web  b.example.org/',
      '      rateLimit  (none) -> {"requests":5,"perMs":1000}',
      '',
      '1 route to change, 1 route to remove',
    ])
    const added = renderPlan([{ kind: 'create-service', service: createService('db') }], [], {
      routes: diffRoutes([], [first]),
    })
    expect(added).toContain('\n  + route   web  a.example.org/\n\n1 to create, 1 route to add')
  })

  it('says so when there is nothing to do', () => {
    expect(renderPlan([], [])).toBe('nothing to do: everything is as it should be')
  })

  it('says why a service starts anew that did not change itself', () => {
    const bound = createService('api', waitsFor('db', 'started', true))
    const world = converge(want([bound, createService('db')]))
    expect(renderPlan(plan(want([bound, createService('db', { image: 'db:2' })]), world, 0), [])).toContain(
      'restarts: something it depends on changes',
    )
    expect(renderPlan(plan(want([bound, createService('db', { generation: 1 })]), world, 0), [])).toContain(
      'restarts: it was asked to run again',
    )
  })

  it('takes its colours from outside', () => {
    const paint = (name: string) => (text: string) => `<${name}>${text}</${name}>`
    const palette = { bold: paint('b'), dim: paint('d'), red: paint('r'), green: paint('g'), yellow: paint('y') }
    expect(renderPlan(actions, [], { palette })).toContain('<r>api:1</r> -> <g>api:2</g>')
  })
})

describe('a plan for programs', () => {
  it('is data without secrets', () => {
    const document = planJson(plan(after, converge(before), 0), [])
    expect(document.summary).toEqual({ create: 4, change: 2, remove: 1 })
    expect(document.actions).toContainEqual(
      expect.objectContaining({
        kind: 'update-service',
        restarts: ['environment.DB_PASSWORD', 'environment.LOG_LEVEL', 'image'],
      }),
    )
    expect(JSON.stringify(document)).not.toMatch(/"(old|new)"/)
  })
})
