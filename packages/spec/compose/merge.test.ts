import { describe, expect, test } from 'vitest'
import { loadModel, loadService, renderProblems } from './load-texts.ts'

/** The service `web` of two files, each given by what stands under it. */
const merge = (base: string, overlay: string): ReturnType<typeof loadService> => {
  const file = (yaml: string): string => `services:\n  web:\n    image: x\n${yaml.replace(/^/gm, '    ')}\n`
  const more = 'networks: {a: {}, b: {}}\nvolumes: {one: {}, two: {}}\nsecrets: {s: {file: s}}'
  const texts = { 'base.yaml': `${file(base)}\n${more}`, 'over.yaml': file(overlay) }
  return loadService(texts, 'web', { files: ['base.yaml', 'over.yaml'] })
}

describe('two files merge', () => {
  test.each<[string, string, string, object]>([
    ['one value is replaced', 'restart: always', 'restart: "no"', { restart: 'no' }],
    ['what only one file says stays', 'hostname: a', 'user: b', { hostname: 'a', user: 'b' }],
    ['nothing takes nothing away', 'hostname: a', 'pid:', { hostname: 'a' }],
    ['commands are replaced', 'command: [a, b]', 'command: c', { command: ['c'] }],
    [
      'health checks are replaced',
      'healthcheck: {test: [CMD, a], retries: 3}',
      'healthcheck: {test: b}',
      { healthcheck: { test: ['CMD-SHELL', 'b'], retries: 3 } },
    ],
    [
      'variables by name, in either form',
      'environment: [A=1, B=2]',
      'environment: {B: 3, C: 4}',
      { environment: { A: '1', B: '3', C: '4' } },
    ],
    ['labels by name', 'labels: {a: 1}', 'labels: [a=2, b=3]', { labels: { a: '2', b: '3' } }],
    [
      'ports one after the other',
      'ports: ["80:80"]',
      'ports: ["443:443"]',
      { ports: [{ target: 80 }, { target: 443 }] },
    ],
    [
      'the same port once',
      'ports: ["80:80"]',
      'ports: [{target: 80, published: 80, mode: host}]',
      { ports: [{ target: 80, mode: 'host' }] },
    ],
    [
      'volumes by target',
      'volumes: ["one:/a", "one:/b"]',
      'volumes: ["two:/a"]',
      {
        volumes: [
          { source: 'two', target: '/a' },
          { source: 'one', target: '/b' },
        ],
      },
    ],
    [
      'networks by name',
      'networks: [a]',
      'networks: {b: {aliases: [x]}}',
      { networks: { a: null, b: { aliases: ['x'] } } },
    ],
    [
      'a network gets settings',
      'networks: [a]',
      'networks: {a: {aliases: [x]}}',
      { networks: { a: { aliases: ['x'] } } },
    ],
    [
      'settings of a network stay',
      'networks: {a: {aliases: [x]}}',
      'networks: [a]',
      { networks: { a: { aliases: ['x'] } } },
    ],
    [
      'one build with another',
      'build: ./a',
      'build: {target: t, args: [A=1]}',
      { build: { context: '/project/a', target: 't', args: { A: '1' } } },
    ],
    ['name servers one after the other', 'dns: 1.1.1.1', 'dns: [8.8.8.8, 1.1.1.1]', { dns: ['1.1.1.1', '8.8.8.8'] }],
    [
      'hosts without doubling',
      'extra_hosts: {a: 10.0.0.1}',
      'extra_hosts: ["a:10.0.0.1", "b:10.0.0.2"]',
      { extra_hosts: ['a=10.0.0.1', 'b=10.0.0.2'] },
    ],
    [
      'limits are replaced',
      'ulimits: {nofile: {soft: 1, hard: 2}}',
      'ulimits: {nofile: 5}',
      { ulimits: { nofile: 5 } },
    ],
    [
      'logging of one driver',
      'logging: {driver: local, options: {a: 1}}',
      'logging: {options: {b: 2}}',
      { logging: { driver: 'local', options: { a: '1', b: '2' } } },
    ],
    [
      'aliases without doubling',
      'networks: {a: {aliases: [x, y]}}',
      'networks: {a: {aliases: [z, x]}}',
      { networks: { a: { aliases: ['x', 'y', 'z'] } } },
    ],
    ['options without doubling', 'security_opt: [x]', 'security_opt: [x, y]', { security_opt: ['x', 'y'] }],
    [
      'secrets by target',
      'secrets: [s]',
      'secrets: [{source: s, mode: 0400}]',
      { secrets: [{ source: 's', mode: '0400' }] },
    ],
    [
      'profiles',
      'deploy: {placement: {constraints: [a]}}',
      'deploy: {placement: {constraints: [b]}}',
      { deploy: { placement: { constraints: ['a', 'b'] } } },
    ],
  ])('%s', (_, base, overlay, expected) => {
    expect(merge(base, overlay)).toMatchObject(expected)
  })

  test('logging of another driver is replaced whole', () => {
    const { logging } = merge('logging: {driver: a, options: {x: 1}}', 'logging: {driver: b}')
    expect(logging).toEqual({ driver: 'b' })
  })

  test('subnets are merged by subnet, and the later file says which there are', () => {
    const { networks } = loadModel(
      {
        'a.yaml':
          'services: {}\nnetworks: {n: {ipam: {config: [{subnet: 10.1.0.0/16, gateway: 10.1.0.1}, {subnet: 10.2.0.0/16}]}}}',
        'b.yaml': 'networks: {n: {ipam: {config: [{subnet: 10.1.0.0/16, ip_range: 10.1.5.0/24}]}}}',
      },
      { files: ['a.yaml', 'b.yaml'] },
    )
    const config = [{ subnet: '10.1.0.0/16', gateway: '10.1.0.1', ip_range: '10.1.5.0/24' }]
    expect(networks?.['n']).toMatchObject({ ipam: { config } })
  })

  test('documents of one file and extensions merge too', () => {
    const model = loadModel(
      'x-a: {b: [1], c: 2}\nservices: {web: {image: x}}\n---\nx-a: {b: [2]}\nservices: {api: {image: y}}',
    )
    expect(Object.keys(model.services)).toEqual(['web', 'api'])
    expect(model['x-a']).toEqual({ b: [1, 2], c: 2 })
  })
})

describe('tags', () => {
  test('!reset forgets what earlier files say', () => {
    expect(
      merge('ports: ["80:80"]\nenvironment: {A: 1, B: 2}', 'ports: !reset []\nenvironment: {A: !reset null}'),
    ).toEqual({
      image: 'x',
      environment: { B: '2' },
      networks: { default: null },
    })
  })

  test('!override replaces instead of merging', () => {
    expect(
      merge('ports: ["80:80"]\nlabels: {a: 1}', 'ports: !override ["81:81"]\nlabels: !override {b: 2}'),
    ).toMatchObject({
      ports: [{ target: 81 }],
      labels: { b: '2' },
    })
  })

  test('without an earlier file they say nothing', () => {
    expect(loadService('services: {web: {image: x, ports: !reset [], labels: !override {a: 1}}}', 'web')).toEqual({
      image: 'x',
      labels: { a: '1' },
      networks: { default: null },
    })
  })

  test('a whole service can be reset', () => {
    const model = loadModel(
      { 'a.yaml': 'services: {web: {image: x}, api: {image: y}}', 'b.yaml': 'services: {api: !reset {}}' },
      { files: ['a.yaml', 'b.yaml'] },
    )
    expect(Object.keys(model.services)).toEqual(['web'])
  })
})

test('a list over a mapping is refused, with both places', () => {
  const texts = {
    'a.yaml': 'services: {web: {image: x, storage_opt: {size: 1g}}}',
    'b.yaml': 'services:\n  web:\n    storage_opt: [a]',
  }
  const problems = renderProblems(texts, { files: ['a.yaml', 'b.yaml'] })
  expect(problems[0]).toBe(
    'b.yaml:3:5 services.web.storage_opt: cannot be merged: here stands a list, in a.yaml on line 1 a mapping',
  )
})
