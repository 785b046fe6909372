import { describe, expect, test } from 'vitest'
import { loadModel, loadService, renderProblems } from './load-texts.ts'

const service = (yaml: string): ReturnType<typeof loadService> =>
  loadService(`services:\n  web:\n    image: x\n${yaml.replace(/^/gm, '    ')}\n${RESOURCES}`, 'web')

const RESOURCES =
  'volumes: {data: {}}\nconfigs: {app: {file: a}}\nsecrets: {key: {file: b}}\nnetworks: {front: {}, back: {}}\nmodels: {llm: {model: ai/x}}'

describe('short forms become long ones', () => {
  test.each<[string, string, object]>([
    ['a command', 'command: npm run "my app"', { command: ['npm', 'run', 'my app'] }],
    [
      'a health check',
      'healthcheck: {test: curl -f http://localhost, interval: 90s}',
      { healthcheck: { test: ['CMD-SHELL', 'curl -f http://localhost'], interval: '1m30s' } },
    ],
    [
      'a port',
      'ports: ["8080:80/udp"]',
      { ports: [{ mode: 'ingress', target: 80, published: '8080', protocol: 'udp' }] },
    ],
    ['a number as a port', 'ports: [80]', { ports: [{ mode: 'ingress', target: 80, protocol: 'tcp' }] }],
    [
      'a range of ports',
      'ports: ["81-82:91-92"]',
      {
        ports: [
          { mode: 'ingress', target: 91, published: '81', protocol: 'tcp' },
          { mode: 'ingress', target: 92, published: '82', protocol: 'tcp' },
        ],
      },
    ],
    [
      'a long port',
      'ports: [{target: 80, published: 8080, mode: host}]',
      { ports: [{ mode: 'host', target: 80, published: '8080', protocol: 'tcp' }] },
    ],
    [
      'a named volume',
      'volumes: ["data:/data:ro"]',
      { volumes: [{ type: 'volume', source: 'data', target: '/data', read_only: true }] },
    ],
    ['a path', 'volumes: ["./src:/src"]', { volumes: [{ type: 'bind', source: '/project/src', target: '/src' }] }],
    ['a config', 'configs: [app]', { configs: [{ source: 'app' }] }],
    ['a secret', 'secrets: [key]', { secrets: [{ source: 'key', target: '/run/secrets/key' }] }],
    [
      'a file mode',
      'secrets: [{source: key, target: k, mode: 0400}]',
      { secrets: [{ source: 'key', target: 'k', mode: '0400' }] },
    ],
    ['variables', 'environment: [A=1, B=, "C=x=y"]', { environment: { A: '1', B: '', C: 'x=y' } }],
    [
      'variables of any type',
      'environment: {A: 1, B: true, C: 1.50, D: ""}',
      { environment: { A: '1', B: 'true', C: '1.5', D: '' } },
    ],
    ['labels', 'labels: [a=1, b]', { labels: { a: '1', b: '' } }],
    ['networks', 'networks: [front, back]', { networks: { front: null, back: null } }],
    ['models', 'models: [llm]', { models: { llm: null } }],
    [
      'one limit',
      'ulimits: {nproc: 100, nofile: {soft: 1, hard: 2}}',
      { ulimits: { nproc: 100, nofile: { soft: 1, hard: 2 } } },
    ],
    [
      'a device',
      'devices: ["/dev/a:/dev/b:r", /dev/c]',
      {
        devices: [
          { source: '/dev/a', target: '/dev/b', permissions: 'r' },
          { source: '/dev/c', target: '/dev/c', permissions: 'rwm' },
        ],
      },
    ],
    ['hosts', 'extra_hosts: ["b:10.0.0.2", "a=[::1]"]', { extra_hosts: ['a=::1', 'b=10.0.0.2'] }],
    [
      'hosts as a mapping',
      'extra_hosts: {a: [10.0.0.1, 10.0.0.2], b: host-gateway}',
      { extra_hosts: ['a=10.0.0.1', 'a=10.0.0.2', 'b=host-gateway'] },
    ],
    ['one name server', 'dns: 1.1.1.1', { dns: ['1.1.1.1'] }],
    ['one tmpfs', 'tmpfs: /run', { tmpfs: ['/run'] }],
    ['all graphic cards', 'gpus: all', { gpus: [{ count: -1 }] }],
    ['sizes', 'mem_limit: 512m\nshm_size: 64', { mem_limit: '536870912', shm_size: '64' }],
    [
      'limits',
      'deploy: {resources: {limits: {cpus: "0.5", memory: 1g}}}',
      { deploy: { resources: { limits: { cpus: 0.5, memory: '1073741824' } } } },
    ],
    ['exposed ports', 'expose: [80, "81/udp", 80]', { expose: ['80', '81/udp'] }],
    [
      'a tag of a provider',
      'provider: {type: x, options: {a: 1, b: [true]}}',
      { provider: { type: 'x', options: { a: ['1'], b: ['true'] } } },
    ],
  ])('%s', (_, yaml, expected) => {
    expect(service(yaml)).toMatchObject(expected)
  })

  test('a build', () => {
    const model = loadModel(
      'services:\n  web:\n    build: ./app\n  api:\n    build: {args: [A=1], ssh: [default, k=./key]}',
    )
    expect(model.services['web']?.['build']).toEqual({ context: '/project/app', dockerfile: 'Dockerfile' })
    expect(model.services['api']?.['build']).toEqual({
      context: '/project',
      dockerfile: 'Dockerfile',
      args: { A: '1' },
      ssh: ['default', 'k=/project/key'],
    })
  })

  test('the old name of something external', () => {
    const { volumes } = loadModel('services: {}\nvolumes: {data: {external: {name: real}}}')
    expect(volumes).toEqual({ data: { external: true, name: 'real' } })
  })
})

describe('of items with one key the last stays', () => {
  test.each([
    ['ports', 'ports: ["80:80", "80:80/tcp", "81:80"]', 2],
    ['volumes', 'volumes: ["data:/a", "./x:/a"]', 1],
    ['secrets', 'secrets: [key, {source: key, mode: 0400}]', 1],
    ['cap_add', 'cap_add: [SYS_ADMIN, SYS_ADMIN]', 1],
    ['devices', 'devices: ["/dev/a:/dev/x", "/dev/b:/dev/x"]', 1],
    ['env_file', 'env_file: [{path: a, required: false}, {path: a, required: false}]', 1],
  ])('%s', (key, yaml, count) => {
    expect(service(yaml)[key]).toHaveLength(count)
  })
})

describe('what says nothing is not printed', () => {
  test.each([
    'privileged: false',
    'tty: "no"',
    'mem_limit: 0',
    'cpus: 0',
    'ports: []',
    'labels: {}',
    'command:',
    'hostname: ""',
    'depends_on: []',
    'deploy:',
    'dns: ""',
  ])('%s', (yaml) => {
    expect(service(yaml)).toEqual({ image: 'x', networks: { default: null } })
  })

  test.each<[string, object]>([
    ['init: false', { init: false }],
    ['scale: 0', { scale: 0 }],
    ['stop_grace_period: 0s', { stop_grace_period: '0s' }],
    ['deploy: {replicas: 0}', { deploy: { replicas: 0 } }],
    ['environment: {A: }', { environment: { A: null } }],
    ['env_file: [{path: nowhere, required: false}]', { env_file: [{ path: '/project/nowhere', required: false }] }],
  ])('but %s is', (yaml, expected) => {
    expect(service(yaml)).toMatchObject(expected)
  })
})

describe('what is refused', () => {
  const refused = (yaml: string): readonly string[] =>
    renderProblems(`services:\n  web:\n    image: x\n${yaml.replace(/^/gm, '    ')}`)

  test.each([
    ['user: 1000', '4:5 services.web.user: must be text, not the number 1000'],
    ['ports: 80', '4:5 services.web.ports: must be a list, not the number 80'],
    ['ports:', '4:5 services.web.ports: must be a list, not empty'],
    ['ports:\n  - [80]', '5:9 services.web.ports[0]: must be a mapping, not a list'],
    ['ports:\n  - a:b', '5:9 services.web.ports[0]: '],
    ['environment: A=1', '4:5 services.web.environment: must be a mapping or a list of KEY=VALUE, not "A=1"'],
    ['environment:', '4:5 services.web.environment: must be a mapping or a list of KEY=VALUE, not empty'],
    ['environment: {A: [1]}', '4:19 services.web.environment.A: must be one value, not a list'],
    ['environment: ["A =1"]', '4:19 services.web.environment[0]: the name "A " ends in a space'],
    ['environment: [{A: 1}]', '4:19 services.web.environment[0]: must be written KEY=VALUE, not as a mapping'],
    ['healthcheck: {retries: some}', '4:19 services.web.healthcheck.retries: must be a whole number'],
    ['depends_on: {db: {restart: true}}', '4:18 services.web.depends_on.db: lacks the key condition'],
    ['depends_on: [a, a]', '4:5 services.web.depends_on: names a twice'],
    ['security_opt: [a, a]', '4:23 services.web.security_opt[1]: "a" stands here twice'],
    ['volumes: [{target: /a}]', '4:15 services.web.volumes[0]: lacks the key type'],
    ['volumes: [{type: disk, target: /a}]', '4:16 services.web.volumes[0].type: must be one of bind, volume'],
    ['extra_hosts: [nowhere]', '4:19 services.web.extra_hosts: "nowhere" lacks an address'],
    ['build: [a]', '4:5 services.web.build: must be a mapping, not a list'],
    ['ulimits: {nofile: {soft: 1}}', '4:15 services.web.ulimits.nofile: lacks the key hard'],
    ['ulimits: {nofile: [1]}', '4:15 services.web.ulimits.nofile: must not be a list'],
    ['command: "open \'quote"', '4:5 services.web.command: the command "open \'quote" has no closing'],
    ['command: [1]', '4:15 services.web.command[0]: must be text, not the number 1'],
    ['stop_grace_period: soon', '4:5 services.web.stop_grace_period: '],
    ['oom_score_adj: 5000', '4:5 services.web.oom_score_adj: must be a whole number from -1000 to 1000'],
    ['networks: {front: {alias: [a]}}', '4:24 services.web.networks.front.alias: unknown key alias'],
    ['gpus: some', '4:5 services.web.gpus: must be a list'],
    ['x-own: {anything: [goes]}\nhost-name: a', '5:5 services.web.host-name: unknown key host-name'],
  ])('%s', (yaml, problem) => {
    expect(refused(yaml)[0]).toContain(`compose.yaml:${problem}`)
  })

  test('everything that is wrong is told, in the order of lines', () => {
    const problems = renderProblems('services:\n  web: {imge: x, user: 1}\n  api: []\nvolume: {}\n')
    expect(problems).toEqual([
      'compose.yaml:2:9 services.web.imge: unknown key imge',
      'compose.yaml:2:18 services.web.user: must be text, not the number 1',
      'compose.yaml:3:3 services.api: must be a mapping, not a list',
      'compose.yaml:4:1 volume: unknown key volume',
    ])
  })

  test.each([
    ['services: []', 'services: must be a mapping, not a list'],
    ['services:', 'services: must be a mapping, not empty'],
    ['services: {web: }', 'services.web: must be a mapping, not empty'],
    ['services: {"a b": {image: x}}', 'services.a b: the name a b is not possible'],
    ['services: {}\nversion: 3', 'version: must be text, not the number 3'],
    ['services: {}\nnetworks: {a: x}', 'networks.a: must be a mapping, not "x"'],
    ['services: {}\nvolumes: {a/b: {}}', 'volumes.a/b: the name a/b is not possible'],
    [
      'services: {}\nsecrets: {a: {name: b, external: {name: c}}}',
      'secrets.a: external.name says something else than name',
    ],
  ])('%s', (yaml, problem) => {
    expect(renderProblems(yaml).join('\n')).toContain(problem)
  })
})

test('a wrong key is answered with the one that was meant', () => {
  const { problems } = { problems: renderProblems('services: {web: {image: x, enviroment: {}}}') }
  expect(problems).toEqual(['compose.yaml:1:28 services.web.enviroment: unknown key enviroment'])
})
