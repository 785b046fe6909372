import { describe, expect, test } from 'vitest'
import { mapModel, mapService } from './sample-project.ts'
import { serviceKeys } from './service-keys.ts'

describe('keys of a service', () => {
  const rules = Object.entries(serviceKeys)

  test.each(rules.filter(([, rule]) => rule.verdict !== 'honoured'))('%s is reported with its key', (key, rule) => {
    const { said } = mapService({ [key]: 'something' })
    expect(said).toHaveLength(1)
    expect(said[0]).toMatch(new RegExp(`^${rule.verdict === 'refused' ? 'error' : 'warning'} ${key}: .`))
  })

  test.each(rules.filter(([, rule]) => rule.verdict === 'refused'))(
    '%s, refused, says what to do instead',
    (_, rule) => {
      expect(rule).toHaveProperty('hint')
    },
  )

  test('a key that asks for nothing is not reported', () => {
    const idle = { privileged: false, devices: [], ipc: 'private', cgroup: 'private', sysctls: {}, gpus: null }
    expect(mapService(idle).said).toEqual([])
  })

  test('an unknown key is refused, an extension is not', () => {
    expect(mapService({ colour: 'red', 'x-colour': 'red' }).said).toEqual([
      'error colour: Atoll does not know this key',
    ])
  })

  test('a service may be called like a member of every object', () => {
    const { app, problems } = mapModel({ services: { constructor: { image: 'a', toString: 1 } } })
    expect(app.services.map(({ name }) => name)).toEqual(['constructor'])
    expect(problems.map(({ key }) => key)).toEqual(['services.constructor.toString'])
  })
})

describe('keys elsewhere', () => {
  test.each([
    ['deploy', { deploy: { endpoint_mode: 'vip' } }, 'warning deploy.endpoint_mode'],
    ['build', { build: { context: '.', secrets: ['x'] } }, 'error build.secrets'],
    ['network', { networks: { default: { ipv4_address: '10.0.0.2' } } }, 'error networks.default.ipv4_address'],
    [
      'mount',
      { volumes: [{ type: 'bind', source: '/dev', target: '/d', bind: { selinux: 'z' } }] },
      'warning volumes[0].bind.selinux',
    ],
    [
      'reservation',
      { deploy: { resources: { reservations: { devices: [{}] } } } },
      'error deploy.resources.reservations.devices',
    ],
  ])('of a %s are checked', (_, service, said) => {
    expect(mapService(service).said.map((line) => line.split(':')[0])).toEqual([said])
  })
})
