import { describe, expect, test } from 'vitest'
import { mapService } from './sample-project.ts'

describe('container', () => {
  test('has what the file says', () => {
    const { service, said } = mapService({
      entrypoint: ['/run.sh'],
      command: ['--port', '80'],
      environment: { A: 'x', B: '', C: null },
      user: '1000:1000',
      group_add: ['7'],
      working_dir: '/srv',
      hostname: 'h',
      extra_hosts: ['a=1.2.3.4', 'b:5.6.7.8', 'c=[::1]'],
      dns: ['1.1.1.1'],
      dns_search: ['example.org'],
      dns_opt: ['ndots:1'],
      init: false,
      read_only: true,
      tty: true,
      stdin_open: true,
      stop_signal: 'SIGINT',
      stop_grace_period: '1m30s',
      sysctls: { 'net.core.somaxconn': '1024' },
      ulimits: { nproc: 5, nofile: { soft: 1, hard: 2 } },
      labels: { l: '1' },
    })
    expect(said).toEqual([])
    expect(service).toMatchObject({
      entrypoint: ['/run.sh'],
      command: ['--port', '80'],
      environment: { A: 'x', B: '' },
      unsetVariables: ['C'],
      user: '1000:1000',
      groups: ['7'],
      workingDir: '/srv',
      hostname: 'h',
      extraHosts: ['a:1.2.3.4', 'b:5.6.7.8', 'c:::1'],
      dns: { servers: ['1.1.1.1'], search: ['example.org'], options: ['ndots:1'] },
      init: false,
      readOnly: true,
      tty: true,
      stdinOpen: true,
      stopSignal: 'SIGINT',
      stopGraceMs: 90_000,
      sysctls: { 'net.core.somaxconn': '1024' },
      ulimits: [
        { name: 'nofile', soft: 1, hard: 2 },
        { name: 'nproc', soft: 5, hard: 5 },
      ],
      labels: { l: '1' },
    })
  })

  test.each([
    [
      { cap_add: ['net_admin', 'CAP_CHOWN'], cap_drop: ['CHOWN', 'kill'] },
      ['CAP_CHOWN', 'CAP_NET_ADMIN'],
      ['CAP_KILL'],
    ],
    [{ cap_add: ['all', 'kill'] }, ['ALL'], []],
    [{ cap_add: ['kill'], cap_drop: ['ALL', 'chown'] }, ['CAP_KILL'], ['ALL']],
  ])('capabilities %j', (service, capAdd, capDrop) => {
    expect(mapService(service).service).toMatchObject({ capAdd, capDrop })
  })

  test.each([
    [['no-new-privileges:true'], { noNewPrivileges: true }, 1],
    [['no-new-privileges'], { noNewPrivileges: true }, 1],
    [['no-new-privileges:false'], {}, 0],
    [['label:disable'], { isSeLinuxDisabled: true }, 0],
    [['seccomp=unconfined'], {}, 1],
    [['label:type:x'], {}, 1],
  ])('security_opt %j', (security_opt, expected, reports) => {
    const { service, said } = mapService({ security_opt })
    expect(service).toMatchObject(expected)
    expect(said).toHaveLength(reports)
  })

  test.each([
    [
      { test: 'curl x', interval: '30s', timeout: '5s', start_period: '1s', start_interval: '2s', retries: 3 },
      {
        test: ['CMD-SHELL', 'curl x'],
        intervalMs: 30_000,
        timeoutMs: 5_000,
        startPeriodMs: 1_000,
        startIntervalMs: 2_000,
        retries: 3,
      },
    ],
    [{ interval: '30s' }, { test: [], intervalMs: 30_000 }],
    [{ disable: true, interval: '30s' }, { test: ['NONE'] }],
    [{}, undefined],
  ])('healthcheck %j', (healthcheck, expected) => {
    expect(mapService({ healthcheck }).service.healthcheck).toEqual(expected)
  })

  test('resources, from deploy first', () => {
    const { service } = mapService({
      mem_limit: '1073741824',
      mem_reservation: '536870912',
      cpus: 2,
      pids_limit: 100,
      deploy: {
        resources: {
          limits: { cpus: 0.5 },
          reservations: { cpus: '0.25', generic_resources: [{ discrete_resource_spec: { kind: 'gpu', value: 2 } }] },
        },
      },
    })
    expect(service.resources).toEqual({
      limits: { nanoCpus: 500_000_000, memoryBytes: 1_073_741_824, pids: 100 },
      reservations: { nanoCpus: 250_000_000, memoryBytes: 536_870_912, generic: [{ kind: 'gpu', value: 2 }] },
    })
  })

  test.each([
    [
      { deploy: { resources: { limits: { memory: '1024' } } } },
      'error deploy.resources.limits.memory: less than 4 MiB of memory',
    ],
    [{ cpus: 0.0001 }, 'error cpus: less than 0.001 processors'],
    [{ image: '' }, 'error : says no image'],
    [{ stop_grace_period: 'x' }, 'error stop_grace_period: '],
    [{ mem_limit: 'x' }, 'error mem_limit: '],
    [{ depends_on: { db: { condition: 'x' } } }, 'error depends_on.db.condition: the condition x does not exist'],
  ])('%j is refused', (service, said) => {
    expect(mapService(service).said[0]).toContain(said)
  })

  test('placement', () => {
    const placement = {
      constraints: ['node.role==worker', 'a==b'],
      preferences: [{ spread: 'node.labels.zone' }],
      max_replicas_per_node: 1,
    }
    expect(mapService({ deploy: { placement } }).service.placement).toEqual({
      constraints: ['a==b', 'node.role==worker'],
      spread: ['node.labels.zone'],
      maxPerNode: 1,
    })
  })

  test.each([
    [{}, 'local', { 'max-size': '10m', 'max-file': '3' }],
    [{ options: { 'max-size': '1g' } }, 'local', { 'max-size': '1g', 'max-file': '3' }],
    [{ options: { tag: 'x' } }, 'json-file', { 'max-size': '10m', 'max-file': '3', tag: 'x' }],
    [{ driver: 'json-file' }, 'json-file', { 'max-size': '10m', 'max-file': '3' }],
    [{ driver: 'none' }, 'none', {}],
    [{ driver: 'syslog', options: { tag: 'x' } }, 'syslog', { tag: 'x' }],
  ])('logging %j has a cap', (logging, driver, options) => {
    expect(mapService({ logging }).service.logging).toEqual({ driver, options })
  })

  test('build', () => {
    const { service, said } = mapService({
      image: '',
      build: { context: '/p', dockerfile: 'D', args: { A: '1', B: null }, target: 't', pull: true, cache_from: ['x'] },
    })
    expect(said).toEqual(["warning build.cache_from: the build uses the engine's own cache"])
    expect(service.build).toEqual({
      context: '/p',
      dockerfile: 'D',
      target: 't',
      args: { A: '1' },
      labels: {},
      extraHosts: [],
      platforms: [],
      tags: [],
      isPulling: true,
      noCache: false,
    })
  })
})
