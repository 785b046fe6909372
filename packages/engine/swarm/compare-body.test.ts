import { createService, createVolumeMount } from '@atoll/plan/fixtures'
import { describe, expect, test } from 'vitest'
import type { ServiceBody } from './bodies.ts'
import { compareBody } from './compare-body.ts'
import { translateService } from './translate.ts'

const file = { name: 'c', engineName: 'shop_test_c_1', target: '/c', uid: '0', gid: '0', mode: 0o444 }
const service = createService('web', {
  environment: { LOG_LEVEL: 'info', TOKEN: 'x' },
  command: ['serve', ''],
  mode: { kind: 'replicated', replicas: 3 },
  mounts: [createVolumeMount('data'), { kind: 'bind', source: '/s', target: '/b', isReadOnly: false }],
  configs: [file],
  networks: [{ network: 'back', engineName: 'shop_test_back', aliases: ['b', 'a'], driverOptions: {} }],
  ports: [{ target: 80, published: 8080, protocol: 'tcp', mode: 'host' }],
  healthcheck: { test: ['CMD', 'true'], intervalMs: 2_000, startIntervalMs: 500 },
  noNewPrivileges: true,
  resources: { limits: { memoryBytes: 64 * 1024 * 1024 }, reservations: {} },
})
const asked = translateService(service, { ref: { app: 'shop', environment: 'test' }, release: 1 })

/** The same as Docker 20.10 gives it back: observed on a real engine. */
const asEngineHasIt = (body: ServiceBody) => {
  const { ContainerSpec, ...task } = body.TaskTemplate
  const { NoNewPrivileges: _, ...Privileges } = {
    ...ContainerSpec.Privileges,
    CredentialSpec: null,
    SELinuxContext: null,
  }
  const { StartInterval: __, ...Healthcheck } = ContainerSpec.Healthcheck ?? {}
  const container = {
    ...ContainerSpec,
    Isolation: 'default',
    DNSConfig: {},
    Privileges,
    Healthcheck,
    Mounts: (ContainerSpec.Mounts ?? []).map((mount) =>
      mount.Type === 'bind' ? { ...mount, BindOptions: { Propagation: 'rprivate' } } : mount,
    ),
    Configs: ContainerSpec.Configs?.map((config) => ({ ...config, ConfigID: 'some-id' })),
  }
  return {
    ...body,
    Labels: { ...body.Labels, 'com.docker.stack.image': 'x' },
    TaskTemplate: {
      ...task,
      ContainerSpec: container,
      Resources: { Limits: task.Resources.Limits, Reservations: {} },
      RestartPolicy: { ...task.RestartPolicy, MaxAttempts: 0 },
      Placement: { Platforms: [{ Architecture: 'amd64', OS: 'linux' }] },
      Networks: [{ Target: 'net-1', Aliases: ['a', 'b', 'web'] }],
      Runtime: 'container',
    },
  }
}

const networkNames = { 'net-1': 'shop_test_back' }

describe('what somebody changed behind us', () => {
  test('is not what the engine fills in', () => {
    expect(compareBody(asked, asEngineHasIt(asked), { networkNames })).toEqual([])
  })

  type Loose = { [key: string]: Loose }
  const change = (path: string, value: unknown): object => {
    const copy = structuredClone(asEngineHasIt(asked)) as unknown as Loose
    const keys = path.split('.')
    const last = keys.pop() ?? ''
    const holder = keys.reduce<Loose>((inner, key) => inner[key] ?? {}, copy)
    Object.assign(holder, { [last]: value })
    return copy
  }
  const container = 'TaskTemplate.ContainerSpec'

  test.each([
    ['Mode.Replicated.Replicas', 5, { field: 'mode.replicas', from: '5', to: '3' }],
    ['Mode.Replicated.Replicas', 0, { field: 'mode.replicas', from: '0', to: '3' }],
    [`${container}.Image`, 'web:2', { field: 'image', from: '"web:2"', to: '"web:1"' }],
    [
      `${container}.Env`,
      ['LOG_LEVEL=debug', 'TOKEN=x'],
      { field: 'environment.LOG_LEVEL', from: '"debug"', to: '"info"' },
    ],
    [`${container}.Env`, ['LOG_LEVEL=info'], { field: 'environment.TOKEN', to: '"x"' }],
    [`${container}.Env`, ['LOG_LEVEL=info', 'TOKEN=x', 'NEW'], { field: 'environment.NEW', from: 'null' }],
    [`${container}.Args`, ['serve'], { field: 'command', from: '["serve"]', to: '["serve",""]' }],
    [`${container}.Init`, false, { field: 'init', from: 'false', to: 'true' }],
    [`${container}.Healthcheck.Interval`, 9e9, { field: 'healthcheck.intervalMs', from: '9000', to: '2000' }],
    ['TaskTemplate.ForceUpdate', 4, { field: 'generation', from: '4' }],
    ['TaskTemplate.Placement.Constraints', ['a==b'], { field: 'placement.constraints', from: '["a==b"]' }],
    ['Labels.team', 'red', { field: 'serviceLabels.team', from: '"red"' }],
    ['EndpointSpec.Mode', 'vip', { field: 'endpointMode', from: '"vip"', to: '"dnsrr"' }],
  ])('%s: %j', (path, value, expected) => {
    expect(compareBody(asked, change(path, value), { networkNames })).toEqual([expected])
  })

  test('a mount, a network or a config taken away has its field', () => {
    const fields = (path: string) => compareBody(asked, change(path, []), { networkNames }).map(({ field }) => field)
    expect(fields(`${container}.Mounts`)).toEqual(['mounts./b', 'mounts./data'])
    expect(fields(`${container}.Configs`)).toEqual(['configs./c'])
    expect(fields('TaskTemplate.Networks')).toEqual(['networks.shop_test_back'])
    expect(fields('EndpointSpec.Ports')).toEqual(['ports'])
  })
})
