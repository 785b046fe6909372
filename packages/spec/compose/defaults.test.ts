import { describe, expect, test } from 'vitest'
import { loadService } from './load-texts.ts'

const web = (yaml: string): ReturnType<typeof loadService> =>
  loadService(
    `services:\n  db: {image: y}\n  web:\n    image: x\n    ${yaml}\nsecrets: {s: {file: s}}\nvolumes: {v: {}}`,
    'web',
  )

describe('what a service leaves out is filled in', () => {
  test.each<[string, object]>([
    ['build: {target: a}', { build: { context: '/project', dockerfile: 'Dockerfile', target: 'a' } }],
    ['build: {context: sub}', { build: { context: '/project/sub', dockerfile: 'Dockerfile' } }],
    ['ports: [{target: 80}]', { ports: [{ target: 80, protocol: 'tcp', mode: 'ingress' }] }],
    ['ports: [{target: 80, protocol: udp, mode: host}]', { ports: [{ target: 80, protocol: 'udp', mode: 'host' }] }],
    ['secrets: [s]', { secrets: [{ source: 's', target: '/run/secrets/s' }] }],
    ['secrets: [{source: s, target: key}]', { secrets: [{ source: 's', target: 'key' }] }],
    ['depends_on: [db]', { depends_on: { db: { condition: 'service_started', required: true } } }],
    [
      'depends_on: {db: {condition: service_healthy, required: false}}',
      { depends_on: { db: { condition: 'service_healthy', required: false } } },
    ],
    ['gpus: [{driver: a}]', { gpus: [{ driver: 'a', count: -1 }] }],
    ['gpus: [{driver: a, count: 2}]', { gpus: [{ driver: 'a', count: 2 }] }],
    ['gpus: [{driver: a, device_ids: [b]}]', { gpus: [{ driver: 'a', device_ids: ['b'] }] }],
    [
      'deploy: {resources: {reservations: {devices: [{capabilities: [gpu]}]}}}',
      { deploy: { resources: { reservations: { devices: [{ capabilities: ['gpu'], count: -1 }] } } } },
    ],
  ])('%s', (yaml, expected) => {
    const [[key, value] = []] = Object.entries(expected)
    expect(web(yaml)[key ?? '']).toEqual(value)
  })

  test.each(['build', 'ports', 'secrets', 'depends_on', 'gpus', 'deploy'])('no %s comes out of nothing', (key) => {
    expect(web('user: a')).not.toHaveProperty(key)
  })
})
