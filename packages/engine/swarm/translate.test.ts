import type { Service } from '@atoll/spec'
import { createNetwork, createService, createVolume } from '@atoll/plan/fixtures'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { compareBody } from './compare-body.ts'
import { readDefinition, readNetworkDefinition } from './definition.ts'
import { translateConfig, translateNetwork, translateSecret, translateService } from './translate.ts'

const ref = { app: 'shop', environment: 'test' }
const context = { ref, release: 7 }

const bodyOf = (change: Partial<Service>) => translateService(createService('web', change), context)
const containerOf = (change: Partial<Service>) => bodyOf(change).TaskTemplate.ContainerSpec

describe('a service body', () => {
  test('carries what Atoll needs to know it again', () => {
    const { Name, Labels, TaskTemplate } = bodyOf({
      serviceLabels: { mine: '1', 'atoll.app': 'not-mine' },
      labels: { a: 'b' },
    })
    expect(Name).toBe('shop_test_web')
    expect(Labels).toMatchObject({
      mine: '1',
      'atoll.app': 'shop',
      'atoll.environment': 'test',
      'atoll.service': 'web',
      'atoll.release': '7',
    })
    expect(TaskTemplate.ContainerSpec.Labels).toEqual({
      a: 'b',
      'atoll.app': 'shop',
      'atoll.environment': 'test',
      'atoll.service': 'web',
    })
  })

  test('of another release has the same tasks, so nothing restarts', () => {
    const service = createService('web')
    const next = translateService(service, { ...context, release: 8 })
    expect(next.TaskTemplate).toEqual(translateService(service, context).TaskTemplate)
  })

  test('says nothing of what the service says nothing of', () => {
    expect(containerOf({})).toEqual({ Image: 'web:1', Init: true, Labels: expect.anything() })
    expect(bodyOf({}).TaskTemplate).toMatchObject({ Resources: {}, Placement: {}, ForceUpdate: 0 })
  })

  test('has times in nanoseconds', () => {
    expect(containerOf({ stopGraceMs: 0 }).StopGracePeriod).toBe(0)
    expect(containerOf({ stopGraceMs: 1.5 }).StopGracePeriod).toBe(1_500_000)
    expect(
      bodyOf({ restart: { condition: 'on-failure', delayMs: 5_000, maxAttempts: 3 } }).TaskTemplate.RestartPolicy,
    ).toEqual({
      Condition: 'on-failure',
      Delay: 5_000_000_000,
      MaxAttempts: 3,
    })
  })

  test.each([
    [{ kind: 'replicated', replicas: 0 }, { Replicated: { Replicas: 0 } }],
    [{ kind: 'global' }, { Global: {} }],
    [{ kind: 'once', completions: 3, concurrency: 2 }, { Replicated: { Replicas: 3 } }],
    [{ kind: 'once-per-node' }, { Global: {} }],
  ] as const)('mode %j', (mode, expected) => {
    const body = bodyOf({ mode })
    expect(body.Mode).toEqual(expected)
    // To Swarm a task that has ended well is a failed update, so of what runs once it must not judge any.
    const isJudged = mode.kind === 'replicated' || mode.kind === 'global'
    expect(body.UpdateConfig?.FailureAction).toBe(isJudged ? 'pause' : 'continue')
  })

  test('what runs once is not started again after it ended well', () => {
    const body = bodyOf({ mode: { kind: 'once', completions: 1, concurrency: 1 }, restart: { condition: 'any' } })
    expect(body.TaskTemplate.RestartPolicy?.Condition).toBe('none')
  })

  test('names resolve to tasks; only the routing mesh needs a virtual address', () => {
    const port = { target: 80, published: 8080, protocol: 'tcp' } as const
    expect(bodyOf({ ports: [{ ...port, mode: 'host' }] }).EndpointSpec).toEqual({
      Mode: 'dnsrr',
      Ports: [{ Protocol: 'tcp', TargetPort: 80, PublishedPort: 8080, PublishMode: 'host' }],
    })
    expect(bodyOf({ ports: [{ ...port, mode: 'ingress' }] }).EndpointSpec.Mode).toBe('vip')
    expect(bodyOf({}).EndpointSpec).toEqual({ Mode: 'dnsrr' })
  })

  test("environment, hosts and files in the engine's notation", () => {
    const file = { name: 'c', engineName: 'shop_test_c_1', target: '/c', uid: '1', gid: '2', mode: 0o440 }
    const service = createService('web', {
      environment: { B: 'x=y', A: '' },
      unsetVariables: ['C'],
      extraHosts: ['a:1.2.3.4', 'b:::1'],
      configs: [file],
      secrets: [file],
    })
    const ids = { networks: {}, configs: { shop_test_c_1: 'id-1' }, secrets: {} }
    const { Env, Hosts, Configs, Secrets } = translateService(service, { ...context, ids }).TaskTemplate.ContainerSpec
    expect(Env).toEqual(['A=', 'B=x=y', 'C'])
    expect(Hosts).toEqual(['1.2.3.4 a', '::1 b'])
    const File = { Name: '/c', UID: '1', GID: '2', Mode: 0o440 }
    expect(Configs).toEqual([{ File, ConfigID: 'id-1', ConfigName: 'shop_test_c_1' }])
    expect(Secrets).toEqual([{ File, SecretID: '', SecretName: 'shop_test_c_1' }])
  })

  test('is found by its compose name in its networks', () => {
    const networks = [{ network: 'back', engineName: 'shop_test_back', aliases: ['store'], driverOptions: {} }]
    const ids = { networks: { shop_test_back: 'net-1' }, configs: {}, secrets: {} }
    const body = translateService(createService('web', { networks }), { ...context, ids })
    expect(body.TaskTemplate.Networks).toEqual([{ Target: 'net-1', Aliases: ['store', 'web'] }])
  })
})

describe('mounts', () => {
  const place = { target: '/d', isReadOnly: true }
  const data = createVolume('data')

  test.each([
    [
      { kind: 'volume', volume: 'data', definition: data, ...place, noCopy: true },
      {
        Type: 'volume',
        Source: 'shop_test_data',
        Target: '/d',
        ReadOnly: true,
        VolumeOptions: {
          NoCopy: true,
          Labels: { 'atoll.app': 'shop', 'atoll.environment': 'test', 'atoll.volume': 'data' },
        },
      },
    ],
    [
      {
        kind: 'volume',
        volume: 'data',
        definition: { ...data, isExternal: true, engineName: 'theirs' },
        ...place,
        noCopy: false,
      },
      { Type: 'volume', Source: 'theirs', Target: '/d', ReadOnly: true },
    ],
    [
      { kind: 'anonymous', ...place, noCopy: false },
      { Type: 'volume', Target: '/d', ReadOnly: true },
    ],
    [
      { kind: 'bind', source: '/s', target: '/d', isReadOnly: false, propagation: 'rslave' },
      { Type: 'bind', Source: '/s', Target: '/d', BindOptions: { Propagation: 'rslave' } },
    ],
    [
      { kind: 'tmpfs', target: '/d', isReadOnly: false, sizeBytes: 5, mode: 0o1777 },
      { Type: 'tmpfs', Target: '/d', TmpfsOptions: { SizeBytes: 5, Mode: 0o1777 } },
    ],
    [
      { kind: 'npipe', source: 'p', target: 'q', isReadOnly: false },
      { Type: 'npipe', Source: 'p', Target: 'q' },
    ],
  ] as const)('%j', (mount, expected) => {
    expect(containerOf({ mounts: [mount] }).Mounts).toEqual([expected])
  })

  test('a driver of its own goes with the volume', () => {
    const definition = { ...data, driverOptions: { type: 'nfs' } }
    const [mount] =
      containerOf({ mounts: [{ kind: 'volume', volume: 'data', definition, ...place, noCopy: false }] }).Mounts ?? []
    expect(mount?.VolumeOptions?.DriverConfig).toEqual({ Name: 'local', Options: { type: 'nfs' } })
  })
})

describe('other bodies', () => {
  test('a network has a subnet of the pool unless its file names one', () => {
    const network = createNetwork('back')
    expect(translateNetwork(network, { ref, subnet: '10.64.0.0/20' })).toMatchObject({
      Name: 'shop_test_back',
      Driver: 'overlay',
      Attachable: true,
      IPAM: { Config: [{ Subnet: '10.64.0.0/20', IPRange: '10.64.0.0/21' }] },
      Labels: { 'atoll.app': 'shop', 'atoll.environment': 'test', 'atoll.network': 'back' },
    })
    const own = { ...network, ipam: { subnets: [{ subnet: '10.1.0.0/24', gateway: '10.1.0.1' }] } }
    expect(translateNetwork(own, { ref, subnet: '10.64.0.0/20' }).IPAM).toEqual({
      Config: [{ Subnet: '10.1.0.0/24', Gateway: '10.1.0.1' }],
    })
    expect(readNetworkDefinition(translateNetwork(own, { ref }).Labels)).toEqual(own)
  })

  test('configs and secrets', () => {
    const file = { name: 'c', engineName: 'shop_test_c_1', isExternal: false, labels: { l: '1' } }
    expect(translateConfig({ ...file, dataBase64: 'eA==', templateDriver: 'golang' }, { ref })).toEqual({
      Name: 'shop_test_c_1',
      Labels: { l: '1', 'atoll.app': 'shop', 'atoll.environment': 'test', 'atoll.config': 'c' },
      Data: 'eA==',
      Templating: { Name: 'golang' },
    })
    const secrets = { shop_test_c_1: Uint8Array.from([120]) }
    expect(translateSecret(file, { ref, secrets })).toMatchObject({ Data: 'eA==', Labels: { 'atoll.secret': 'c' } })
    expect(translateSecret(file, { ref, secrets: {} }).Data).toBe('')
  })
})

const texts = fc.dictionary(fc.string({ minLength: 1 }), fc.string())
const services: fc.Arbitrary<Service> = fc
  .record({
    environment: texts,
    labels: texts,
    serviceLabels: texts,
    command: fc.array(fc.string(), { minLength: 1 }),
    image: fc.stringMatching(/^[a-z]{1,9}(:[a-z]{1,3})?$/),
    user: fc.string(),
    capAdd: fc.array(fc.string()),
    stopGraceMs: fc.nat(),
    replicas: fc.nat(),
    generation: fc.nat(),
  })
  .map(({ replicas, ...change }) => createService('web', { ...change, mode: { kind: 'replicated', replicas } }))

describe('round trip', () => {
  test('what was asked for is read back, and is no change', () => {
    fc.assert(
      fc.property(services, (service) => {
        const body = translateService(service, context)
        expect(readDefinition(body.Labels)).toEqual(service)
        expect(compareBody(body, body)).toEqual([])
        expect(compareBody(body, JSON.parse(JSON.stringify(body)) as object)).toEqual([])
      }),
    )
  })

  test.each([{}, { 'atoll.definition': 'x' }, { 'atoll.definition': 'H4sIAAAAAAAAA6uuBQBDv6ajAgAAAA==' }])(
    'labels %j hold no definition',
    (labels) => {
      expect(readDefinition(labels)).toBeUndefined()
      expect(readNetworkDefinition(labels)).toBeUndefined()
    },
  )
})
