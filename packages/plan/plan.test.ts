import { describe, expect, it } from 'vitest'
import { createFile, createService, createVolumeMount } from './fixtures.ts'
import type { ObservedService } from './observed.ts'
import { plan } from './plan.ts'
import {
  applyAll,
  attached,
  changedFields,
  converge,
  empty,
  nodes,
  replicated,
  waitsFor,
  want,
  words,
} from './plan-table.ts'
import { createObserved, createObservedWorld } from './simulate.ts'

const withData = { mounts: [createVolumeMount('data')] }

describe('the order of a plan', () => {
  it('makes networks, files and places of volumes before the services that need them', () => {
    const config = createFile('settings', 'ab12')
    const desired = want([createService('db', { ...attached, ...withData })], {
      configs: [config],
      secrets: [createFile('password', 'cd34')],
    })
    expect(words(plan(desired, empty, 0))).toEqual([
      'create-network back',
      'create-config shop_test_settings_ab12',
      'create-secret shop_test_password_cd34',
      'place-volume data a',
      'create-service db',
    ])
  })

  it('starts what nobody has to wait for first, then waits', () => {
    const services = [
      createService('api', waitsFor('db')),
      createService('db'),
      createService('web', waitsFor('api')),
      createService('x'),
    ]
    expect(words(plan(want(services), empty, 0))).toEqual([
      'create-service db',
      'create-service x',
      'await db healthy',
      'create-service api',
      'await api healthy',
      'create-service web',
    ])
  })

  it('waits for nothing that is already so', () => {
    const db = createService('db')
    const observed = converge(want([db]))
    expect(words(plan(want([createService('api', waitsFor('db')), db]), observed, 0))).toEqual(['create-service api'])
  })

  it('waits for a dependency that is unchanged but not well', () => {
    const db = createService('db')
    const observed = converge(want([db]))
    const sick = { ...observed, services: observed.services.map((service) => ({ ...service, tasks: [] })) }
    expect(words(plan(want([createService('api', waitsFor('db')), db]), sick, 0))).toEqual([
      'await db healthy',
      'create-service api',
    ])
  })

  it('ends although services depend on each other in a circle', () => {
    const services = [createService('a', waitsFor('b')), createService('b', waitsFor('a'))]
    expect(words(plan(want(services), empty, 0)).filter((word) => word.startsWith('create'))).toHaveLength(2)
  })

  it('removes dependents before what they depend on, and services before networks and files', () => {
    const config = createFile('settings', 'ab12')
    const services = [createService('api', { ...attached, ...waitsFor('db') }), createService('db', withData)]
    const observed = converge(want(services, { configs: [config] }))
    expect(words(plan(want([]), observed, 0))).toEqual([
      'remove-service shop_test_api',
      'remove-service shop_test_db',
      'remove-network shop_test_back',
      'remove-config shop_test_settings_ab12',
    ])
  })

  it('keeps files that an earlier release needs', () => {
    const observed = converge(want([], { configs: [createFile('settings', 'ab12')] }))
    expect(plan({ ...want([]), keep: ['shop_test_settings_ab12'] }, observed, 0)).toEqual([])
  })
})

describe('changes', () => {
  it.each([
    ['an image', { image: 'web:2' }, ['image']],
    ['a variable', { environment: { LOG: 'debug' } }, ['environment.LOG']],
    ['a number of replicas', replicated(5), ['mode.replicas']],
    ['a health check', { healthcheck: { test: ['CMD', 'true'] } }, ['healthcheck']],
    ['a command', { command: ['serve', '--fast'] }, ['command']],
    ['a volume', withData, ['mounts./data', 'placement.constraints']],
    ['a generation', { generation: 1 }, ['generation']],
  ])('names %s in the words of the app', (_, change, fields) => {
    const observed = converge(want([createService('web')]))
    expect(changedFields(plan(want([createService('web', change)]), observed, 0))).toEqual(fields)
  })

  it('removes a service whose definition nobody can read, after those that can be read', () => {
    const world = converge(want([createService('a'), createService('z')]))
    const services = world.services.map(({ definition, ...service }) =>
      service.engineName === 'shop_test_a' || definition === undefined ? service : { ...service, definition },
    )
    expect(words(plan(want([]), { ...world, services }, 0))).toEqual([
      'remove-service shop_test_z',
      'remove-service shop_test_a',
    ])
  })

  it('changes a service whose config has new content, and removes the old config after', () => {
    const uses = (content: string) => {
      const file = createFile('settings', content)
      const reference = {
        name: 'settings',
        engineName: file.engineName,
        target: '/settings',
        uid: '0',
        gid: '0',
        mode: 0o444,
      }
      return want([createService('web', { configs: [reference] })], { configs: [file] })
    }
    const actions = plan(uses('new'), converge(uses('old')), 0)
    expect(words(actions)).toEqual([
      'create-config shop_test_settings_new',
      'update-service web',
      'remove-config shop_test_settings_old',
    ])
    expect(changedFields(actions)).toEqual(['configs./settings.engineName'])
  })

  it('replaces a service whose mode the engine cannot change', () => {
    const observed = converge(want([createService('web')]))
    expect(words(plan(want([createService('web', { mode: { kind: 'global' } })]), observed, 0))).toEqual([
      'replace-service web',
    ])
  })

  it('puts back what somebody changed behind us', () => {
    const desired = want([createService('web')])
    const observed = converge(desired)
    const drift = [{ field: 'mode.replicas', from: '7', to: '1' }]
    const drifted = { ...observed, services: observed.services.map((service) => ({ ...service, drift })) }
    expect(plan(desired, drifted, 0)).toMatchObject([{ kind: 'update-service', changes: drift }])
  })

  it('writes anew what it cannot read', () => {
    const desired = want([createService('web')])
    const services = converge(desired).services.map((service) => omitDefinition(service))
    expect(words(plan(desired, createObservedWorld(nodes, { services }), 0))).toEqual(['update-service web'])
  })

  it.each(['paused', 'rollback_paused'] as const)(
    'tries an update again that the engine left %s, but not at once',
    (state) => {
      const desired = want([createService('web')])
      const update = { state, message: '', startedAtMs: 1_000 }
      const services = converge(desired).services.map((service) => ({ ...service, update }))
      const observed = createObservedWorld(nodes, { services })
      expect(plan(desired, observed, 5_000)).toEqual([])
      expect(words(plan(desired, observed, 11_000))).toEqual(['update-service web'])
    },
  )

  it.each([
    { desired: 'running', state: 'starting' },
    { desired: 'ready', state: 'ready' },
    { desired: 'running', state: 'running', sinceMs: 59_500 },
  ] as const)('lets a paused update be while a new task is $state: sent again it would stop an old one', (change) => {
    const desired = want([createService('web')])
    const update = { state: 'paused' as const, message: '', startedAtMs: 1_000 }
    const services = converge(desired).services.map((service) => ({
      ...service,
      update,
      tasks: service.tasks.map((task) => ({ ...task, ...change })),
    }))
    expect(plan(desired, createObservedWorld(nodes, { services }), 60_000)).toEqual([])
  })

  it('sends an update again that the engine has forgotten: all new tasks run, and nothing moves', () => {
    const desired = want([createService('web')])
    const update = { state: 'updating' as const, message: '', startedAtMs: 1_000 }
    const services = converge(desired).services.map((service) => ({ ...service, update }))
    const observed = createObservedWorld(nodes, { services })
    expect(plan(desired, observed, 15_000)).toEqual([])
    expect(words(plan(desired, observed, 60_000))).toEqual(['update-service web'])
    const moved = services.map((service) => ({
      ...service,
      tasks: service.tasks.map((task, index) => (index === 0 ? { ...task, sinceMs: 50_000 } : task)),
    }))
    expect(plan(desired, createObservedWorld(nodes, { services: moved }), 60_000)).toEqual([])
    const starting = services.map((service) => ({
      ...service,
      tasks: service.tasks.map((task) => ({ ...task, state: 'preparing' as const })),
    }))
    expect(plan(desired, createObservedWorld(nodes, { services: starting }), 60_000)).toEqual([])
  })

  it('runs a job again for every release', () => {
    const job = createService('migrate', { mode: { kind: 'once', completions: 1, concurrency: 1 } })
    const observed = converge(want([job]))
    expect(plan(want([job]), observed, 0)).toEqual([])
    expect(words(plan(want([job], {}, 2), observed, 0))).toEqual(['update-service migrate'])
    expect(plan({ ...want([job], {}, 2), jobsOf: 1 }, observed, 0)).toEqual([])
  })

  it('restarts a service with the dependency it is bound to, also when it was interrupted in between', () => {
    const api = createService('api', waitsFor('db', 'started', true))
    const observed = converge(want([api, createService('db')]))
    const desired = want([api, createService('db', { image: 'db:2' })])
    const actions = plan(desired, observed, 0)
    expect(words(actions)).toEqual(['update-service db', 'await db started', 'update-service api'])
    expect(changedFields(plan(desired, applyAll(observed, actions.slice(0, 1)), 0))).toEqual(['generation'])
  })

  it('does not restart it when the dependency is only scaled, or a node is drained', () => {
    const api = createService('api', waitsFor('db', 'started', true))
    const db = createService('db', { placement: { constraints: [], spread: [], maxPerNode: 1 }, ...replicated(2) })
    const observed = converge(want([api, db]))
    expect(words(plan(want([api, { ...db, ...replicated(1) }]), observed, 0))).toEqual(['update-service db'])
    const drained = observed.nodes.map((node) => ({
      ...node,
      availability: node.name === 'a' ? 'drain' : node.availability,
    }))
    const actions = plan(want([api, db]), { ...observed, nodes: drained }, 0)
    expect(words(actions)).toEqual(['update-service db'])
    expect(changedFields(actions)).toEqual(['rollback.order', 'update.order'])
  })
})

const omitDefinition = (service: ObservedService): ObservedService => {
  const { definition: _definition, ...rest } = service
  return rest
}

describe('what is not ours', () => {
  const foreign = (engineName: string) => ({ id: 'x', engineName, isOwned: false })
  const service = { ...createObserved(createService('web'), { release: 0, nodeId: 'a-id' }), isOwned: false }

  it('is never touched, wanted or not', () => {
    const observed = createObservedWorld(nodes, {
      services: [service],
      networks: [foreign('shop_test_back')],
      configs: [foreign('shop_test_settings_ab12')],
      secrets: [foreign('shop_test_password_cd34')],
    })
    const desired = want([createService('web', { image: 'web:2', ...attached })], {
      configs: [createFile('settings', 'ab12')],
    })
    expect(plan(desired, observed, 0)).toEqual([])
    expect(plan(want([]), observed, 0)).toEqual([])
  })
})
