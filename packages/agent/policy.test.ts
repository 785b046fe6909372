import { describe, expect, it, test } from 'vitest'
import type { Action } from '@atoll/plan'
import { createFile, createNetwork, createService, createVolume, createVolumeMount } from '@atoll/plan/fixtures'
import type { Mount, Network, Service, StoredFile, Volume } from '@atoll/spec'
import { noAllowance } from './allowance.ts'
import type { Allowance } from './allowance.ts'
import { judgeAction, judgeBuild } from './policy.ts'

const ref = { app: 'shop', environment: 'production' }
const judge = (action: Action, change: Partial<Allowance> = {}): string | undefined => {
  const [violation] = judgeAction(action, ref, { ...noAllowance, ...change })
  return violation && `${violation.path}: ${violation.message}; ${violation.hint}`
}
const create = (change: Partial<Service>): Action => ({
  kind: 'create-service',
  service: createService('web', { engineName: 'shop_production_web', ...change }),
})
const mounting = (...mounts: readonly Mount[]): Action => create({ mounts })
const bind = (source: string, isReadOnly = false): Mount => ({ kind: 'bind', source, target: '/inside', isReadOnly })
const volume = (change: Partial<Volume>): Volume => ({
  ...createVolume('data'),
  engineName: 'shop_production_data',
  ...change,
})
const mountingVolume = (change: Partial<Volume>): Action =>
  mounting({
    kind: 'volume',
    volume: 'data',
    definition: volume(change),
    target: '/data',
    isReadOnly: false,
    noCopy: false,
  })
const localVolume = (driverOptions: Volume['driverOptions']): Action => mountingVolume({ driverOptions })

describe('an ordinary app', () => {
  test.each<[string, Action]>([
    ['a plain service', create({})],
    ['a volume', mounting(createVolumeMount('data'))],
    ['tmpfs and anonymous', mounting({ kind: 'tmpfs', target: '/tmp', isReadOnly: false })],
    ['the clock', mounting(bind('/etc/localtime', true), bind('/etc/timezone', true))],
    ['what Docker gives anyway', create({ capAdd: ['CAP_CHOWN', 'NET_BIND_SERVICE'], capDrop: ['ALL'] })],
    [
      'sysctls and ulimits',
      create({ sysctls: { 'net.core.somaxconn': '1024' }, ulimits: [{ name: 'nofile', soft: 1, hard: 2 }] }),
    ],
    ['an app whose name begins like the platform', create({ engineName: 'atoll-demo_production_web' })],
    ['nfs', localVolume({ type: 'nfs', o: 'addr=10.0.0.1,rw', device: ':/export' })],
    ['nfs4 of a named host', localVolume({ type: 'nfs4', o: 'addr=nas', device: 'nas:/export' })],
    ['cifs', localVolume({ type: 'cifs', o: 'username=a', device: '//nas/share' })],
    ['a tmpfs volume', localVolume({ type: 'tmpfs', o: 'size=10m', device: 'tmpfs' })],
    ['an external volume', mountingVolume({ isExternal: true, engineName: 'shared' })],
    ['network logs', create({ logging: { driver: 'syslog', options: { 'syslog-address': 'tcp://10.0.0.1:514' } } })],
    ['removal', { kind: 'remove-service', id: 'x', engineName: 'shop_production_web' }],
  ])('may have %s', (_what, action) => {
    expect(judge(action)).toBeUndefined()
  })
})

const refusals: readonly [string, Action, string, Partial<Allowance>?][] = [
  ['a host path', mounting(bind('/srv/data')), 'services.web.volumes (/inside)', { hostPaths: ['/srv/data'] }],
  ['a host path with a tail', mounting(bind('/srv//data/')), 'services.web.volumes', { hostPaths: ['/srv/data'] }],
  ['the clock to write', mounting(bind('/etc/localtime')), 'services.web.volumes', { hostPaths: ['/etc/localtime'] }],
  ['the Docker socket', mounting(bind('/var/run/docker.sock', true)), 'services.web.volumes', { dockerSocket: true }],
  ['the Docker socket elsewhere', mounting(bind('/run/./docker.sock')), 'services.web.volumes', { dockerSocket: true }],
  ['the folder of the socket', mounting(bind('/run')), 'services.web.volumes', { hostPaths: ['/run'] }],
  ['the whole node', mounting(bind('/')), 'services.web.volumes', { hostPaths: ['/'] }],
  [
    'a bind by driver options',
    localVolume({ type: 'none', o: 'bind', device: '/etc' }),
    'volumes.data.driver_opts',
    { hostPaths: ['/etc'] },
  ],
  [
    'the same called tmpfs',
    localVolume({ type: 'tmpfs', o: 'size=1m,bind', device: '/etc' }),
    'volumes.data.driver_opts',
    { hostPaths: ['/etc'] },
  ],
  [
    'the same called nfs',
    localVolume({ type: 'nfs', o: 'addr=1.2.3.4, rbind', device: '/etc' }),
    'volumes.data.driver_opts',
    { hostPaths: ['/etc'] },
  ],
  [
    'another driver',
    mountingVolume({ driver: 'local-persist' }),
    'volumes.data.driver',
    { volumeDrivers: ['local-persist'] },
  ],
  [
    "the node's network",
    create({ networks: [{ network: 'n', engineName: 'host', aliases: [], driverOptions: {} }] }),
    'services.web.networks.n',
    { hostNetwork: true },
  ],
  [
    'macvlan',
    { kind: 'create-network', network: network({ driver: 'macvlan' }) },
    'networks.back.driver',
    { hostNetwork: true },
  ],
  ['NET_ADMIN', create({ capAdd: ['CAP_NET_ADMIN'] }), 'services.web.cap_add', { capabilities: ['NET_ADMIN'] }],
  ['sys_admin', create({ capAdd: ['sys_admin'] }), 'services.web.cap_add', { capabilities: ['CAP_SYS_ADMIN'] }],
  ['ALL', create({ capAdd: ['ALL'] }), 'services.web.cap_add', { capabilities: ['ALL'] }],
  ['label:disable', create({ isSeLinuxDisabled: true }), 'services.web.security_opt', { withoutSeLinux: true }],
]

function network(change: Partial<Network>): Network {
  return { ...createNetwork('back'), engineName: 'shop_production_back', ...change }
}
const file = (change: Partial<StoredFile>): StoredFile => ({ ...createFile('settings', 'ab'), ...change })
const reference = (engineName: string) => ({ name: 'x', engineName, target: 'x', uid: '0', gid: '0', mode: 0o444 })

/** As if an owner had allowed whatever can be. */
const everything: Allowance = {
  hostPaths: ['/', '/etc', '/srv', '/srv/data'],
  capabilities: ['ALL'],
  dockerSocket: true,
  hostNetwork: true,
  networks: ['bank_production_default'],
  volumeDrivers: ['local-persist'],
  withoutSeLinux: true,
}

describe('a change that reaches the host', () => {
  test.each(refusals)('by %s is refused, with the key, until an owner allows it', (_what, action, path, allowance) => {
    expect(judge(action)).toContain(path)
    expect(judge(action)).toContain('an owner allows')
    expect(judge(action, allowance)).toBeUndefined()
  })

  test.each<[string, Action, Partial<Allowance>]>([
    ['a path below an allowed one, which may be a link', mounting(bind('/srv/data/x')), everything],
    ['a path that climbs', mounting(bind('/srv/x/../data')), everything],
    ['a clock that climbs', mounting(bind('/srv/../etc/localtime', true)), noAllowance],
    ['a path that Swarm fills in', mounting(bind('/{{.Service.Labels.x}}')), { hostPaths: ['/{{.Service.Labels.x}}'] }],
    ['the socket by its path alone', mounting(bind('/run/docker.sock')), { hostPaths: ['/run/docker.sock'] }],
    [
      'a named pipe',
      mounting({ kind: 'npipe', source: '\\\\.\\pipe\\x', target: '/x', isReadOnly: false }),
      everything,
    ],
    ['a device', localVolume({ type: 'ext4', device: '/dev/sda1' }), everything],
    ['a device without a type', localVolume({ device: '/dev/sda1' }), everything],
    [
      'options that Swarm fills in',
      localVolume({ type: 'tmpfs', o: '{{.Service.Name}}', device: 'tmpfs' }),
      everything,
    ],
    [
      'the socket by driver options',
      localVolume({ type: 'none', o: 'bind', device: '/run/docker.sock' }),
      { hostPaths: ['/run/docker.sock'] },
    ],
    ['overlay of folders', localVolume({ type: 'overlay', o: 'lowerdir=/etc', device: 'overlay' }), everything],
    [
      'a log socket',
      create({ logging: { driver: 'fluentd', options: { 'fluentd-address': 'unix:///run/x' } } }),
      everything,
    ],
    [
      'a key file of a log driver',
      create({ logging: { driver: 'syslog', options: { 'syslog-tls-key': '/etc/key' } } }),
      everything,
    ],
  ])('by %s is refused whatever is allowed', (_what, action, allowance) => {
    expect(judge(action, allowance)).toBeDefined()
  })

  it('is seen in updates and replacements, too, and in volumes that are placed', () => {
    const { service } = mounting(bind('/etc')) as Extract<Action, { kind: 'create-service' }>
    expect(judge({ kind: 'update-service', id: 'x', service, changes: [] })).toBeDefined()
    expect(judge({ kind: 'replace-service', id: 'x', service, changes: [] })).toBeDefined()
    const placed = volume({ driverOptions: { o: 'bind', device: '/etc' } })
    expect(judge({ kind: 'place-volume', volume: placed, nodeId: 'n', nodeName: 'n', service: 'web' })).toBeDefined()
  })
})

describe('the platform', () => {
  test.each<[string, Action]>([
    ['its services by name', create({ engineName: 'atoll_system_agent' })],
    ['its keys as secrets', create({ secrets: [reference('atoll_keys_authority-ab12')] })],
    ['its keys, written large', create({ secrets: [reference('ATOLL_keys_authority-ab12')] })],
    ['its documents as configs', create({ configs: [reference('atoll.users.admin.3')] })],
    ['the place of a volume as a config', create({ configs: [reference('atoll-volume.x')] })],
    ['the socket of its agent', mountingVolume({ isExternal: true, engineName: 'atoll_system_run' })],
    [
      'its network',
      create({ networks: [{ network: 'n', engineName: 'atoll-system', aliases: [], driverOptions: {} }] }),
    ],
    ['a document made by hand', { kind: 'create-config', file: file({ engineName: 'atoll.allowance.shop.9' }) }],
    [
      'a config labelled as a document',
      { kind: 'create-config', file: file({ labels: { 'atoll.document': 'head' } }) },
    ],
    ['a secret labelled as its own', { kind: 'create-secret', file: file({ labels: { 'atoll.app': 'atoll' } }) }],
    ['a network labelled as its own', { kind: 'create-network', network: network({ labels: { 'atoll.x': '' } }) }],
    ['labels of containers', create({ labels: { 'atoll.app': 'atoll' } })],
    ['labels of services', create({ serviceLabels: { 'atoll.definition': '{}' } })],
    ['labels of volumes', mountingVolume({ labels: { 'atoll.volume': 'x' } })],
  ])('keeps %s to itself, whatever is allowed', (_what, action) => {
    expect(judge(action, everything)).toBeDefined()
  })

  test.each(['atoll', 'atoll_x', 'atoll-system'])('is not changed as app %s', (app) => {
    const removal: Action = { kind: 'remove-service', id: 'x', engineName: 'atoll_system_agent' }
    expect(judgeAction(removal, { app, environment: 'system' }, everything)[0]?.hint).toContain('atoll init')
  })
})

test.each([
  [undefined, true],
  ['default', true],
  ['host', false],
  ['container:x', false],
])('a build in network %s', (network, isFine) => {
  const build = { context: 'https://x/y.git', dockerfile: 'D', args: {}, labels: {}, extraHosts: [], platforms: [] }
  const more = { tags: [], isPulling: false, noCache: false, ...(network !== undefined && { network }) }
  expect(judgeBuild({ ...build, ...more }).length === 0).toBe(isFine)
})
