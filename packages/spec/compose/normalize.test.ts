import { describe, expect, test } from 'vitest'
import { loadModel, loadService } from './load-texts.ts'

describe('networks', () => {
  test('a service without one joins the default network', () => {
    const model = loadModel('name: shop\nservices: {web: {image: x}, api: {image: y, networks: {}}}')
    expect(model.networks).toEqual({ default: { name: 'shop_default' } })
    expect(model.services['web']).toMatchObject({ networks: { default: null } })
    expect(model.services['api']).toMatchObject({ networks: { default: null } })
  })

  test('there is no default network where nobody is on it', () => {
    const model = loadModel(
      'services: {web: {image: x, networks: [a]}, api: {image: y, network_mode: host}}\nnetworks: {a: {}}',
    )
    expect(Object.keys(model.networks ?? {})).toEqual(['a'])
    expect(model.services['api']).toEqual({ image: 'y', network_mode: 'host' })
  })

  test('its settings can be given', () => {
    const model = loadModel('services: {web: {image: x}}\nnetworks: {default: {name: own, driver: overlay}}')
    expect(model.networks).toEqual({ default: { name: 'own', driver: 'overlay' } })
  })
})

test('resources are named by project and key, external ones by their key', () => {
  const yaml =
    'name: shop\nservices: {}\nvolumes: {a: , b: {external: true}, c: {name: real}, d: {external: {name: old}}}\nconfigs: {e: {file: e}}\nsecrets: {f: {external: true}}'
  const model = loadModel(yaml)
  const names = [model.volumes, model.configs, model.secrets]
    .flatMap((section) => Object.values(section ?? {}))
    .map((entry) => entry?.['name'])
  expect(names).toEqual(['shop_a', 'b', 'real', 'old', 'shop_e', 'f'])
})

describe('dependencies', () => {
  const dependsOn = (yaml: string): unknown =>
    loadService(`services: {web: {image: x, ${yaml}}, db: {image: y}}`, 'web')['depends_on']
  const shared = { condition: 'service_started', restart: true, required: true }

  test.each<[string, object]>([
    ['depends_on: [db]', { db: { condition: 'service_started', required: true } }],
    [
      'depends_on: {db: {condition: service_healthy, restart: true}}',
      { db: { condition: 'service_healthy', restart: true, required: true } },
    ],
    ['links: ["db:alias"]', { db: shared }],
    ['network_mode: "service:db"', { db: shared }],
    ['pid: "service:db"', { db: shared }],
    ['volumes_from: ["db:ro"]', { db: { condition: 'service_started', required: true } }],
    [
      'links: [db], depends_on: {db: {condition: service_healthy}}',
      { db: { condition: 'service_healthy', required: true } },
    ],
  ])('%s', (yaml, expected) => {
    expect(dependsOn(yaml)).toEqual(expected)
  })

  test('on a container of somebody else there is none', () => {
    expect(dependsOn('volumes_from: ["container:other"]')).toBeUndefined()
  })
})

test.each<[string, object]>([
  ['pull_policy: if_not_present', { pull_policy: 'missing' }],
  ['build: {dockerfile_inline: FROM y}', { build: { context: '/project', dockerfile_inline: 'FROM y' } }],
  ['build: {args: [A, B]}', { build: { args: { A: '1' } } }],
  ['scale: 3, deploy: {mode: replicated}', { deploy: { replicas: 3 } }],
  [
    'pre_start: [{command: a}, {image: z, command: [b]}]',
    {
      pre_start: [
        { command: ['a'], image: 'x' },
        { command: ['b'], image: 'z' },
      ],
    },
  ],
  ['volumes: [{type: tmpfs, target: /a/}]', { volumes: [{ type: 'tmpfs', target: '/a/' }] }],
  [
    'deploy: {resources: {reservations: {devices: [{driver: n}, {driver: n, device_ids: [a]}]}}}',
    {
      deploy: {
        resources: {
          reservations: {
            devices: [
              { driver: 'n', count: -1 },
              { driver: 'n', device_ids: ['a'] },
            ],
          },
        },
      },
    },
  ],
])('%s', (yaml, expected) => {
  expect(loadService(`services: {web: {image: x, ${yaml}}}`, 'web', { variables: { A: '1' } })).toMatchObject(expected)
})
