import { describe, expect, test } from 'vitest'
import { loadModel, loadService, renderProblems } from '../load-texts.ts'
import { renderModel } from '../render-model.ts'
import { service } from './service.ts'

/** For every key: a value a person would write, what the model says of it, and a value that is wrong. */
type Sample = readonly [right: string, model: unknown, wrong: string]

const samples: Readonly<Record<string, Sample>> = {
  annotations: ['[a=1]', { a: '1' }, '7'],
  attach: ['false', false, '[]'],
  blkio_config: [
    '{weight: 300, device_read_bps: [{path: /dev/a, rate: 1k}]}',
    { weight: 300, device_read_bps: [{ path: '/dev/a', rate: '1024' }] },
    '{speed: 1}',
  ],
  build: ['{context: ., target: t}', { context: '/project', target: 't', dockerfile: 'Dockerfile' }, '{contexts: .}'],
  cap_add: ['[NET_ADMIN]', ['NET_ADMIN'], 'NET_ADMIN'],
  cap_drop: ['[ALL]', ['ALL'], '[1]'],
  cgroup: ['host', 'host', 'own'],
  cgroup_parent: ['m-executor', 'm-executor', '1'],
  command: ['echo "a b"', ['echo', 'a b'], '{}'],
  configs: ['[c]', [{ source: 'c' }], '[{name: c}]'],
  container_name: ['one', 'one', '1'],
  cpu_count: ['2', 2, '-1'],
  cpu_percent: ['12.5', 12.5, '101'],
  cpu_period: ['100000', 100_000, 'often'],
  cpu_quota: ['"50000"', 50_000, '[]'],
  cpu_rt_period: ['1000', 1000, '1.5'],
  cpu_rt_runtime: ['900', 900, 'x'],
  cpu_shares: ['512', 512, '{}'],
  cpus: ['"1.5"', 1.5, 'many'],
  cpuset: ['0-3', '0-3', '3'],
  credential_spec: ['{file: a.json}', { file: 'a.json' }, '{path: a.json}'],
  depends_on: ['[db]', { db: { condition: 'service_started', required: true } }, '{db: {condition: ready}}'],
  deploy: ['{replicas: 2, endpoint_mode: dnsrr}', { replicas: 2, endpoint_mode: 'dnsrr' }, '{replica: 2}'],
  develop: [
    '{watch: [{path: /a, action: rebuild}]}',
    { watch: [{ path: '/a', action: 'rebuild' }] },
    '{watch: [{path: /a}]}',
  ],
  device_cgroup_rules: ['["c 1:3 mr"]', ['c 1:3 mr'], 'c'],
  devices: ['[/dev/a]', [{ source: '/dev/a', target: '/dev/a', permissions: 'rwm' }], '["a:b:c:d"]'],
  dns: ['1.1.1.1', ['1.1.1.1'], '{}'],
  dns_opt: ['[use-vc]', ['use-vc'], 'use-vc'],
  dns_search: ['[a.example]', ['a.example'], '[1]'],
  domainname: ['a.example', 'a.example', '1'],
  entrypoint: ['[/run.sh]', ['/run.sh'], '3'],
  env_file: ['[{path: e, required: false}]', [{ path: '/project/e', required: false }], '[{file: e}]'],
  environment: ['{A: 1}', { A: '1' }, 'A=1'],
  expose: ['[80]', ['80'], '[[80]]'],
  extends: ['db', undefined, '{file: 1}'],
  external_links: ['[a:b]', ['a:b'], 'a:b'],
  extra_hosts: ['["a:10.0.0.1"]', ['a=10.0.0.1'], '[a]'],
  gpus: ['all', [{ count: -1 }], 'some'],
  group_add: ['[mail, 7]', ['mail', '7'], '[mail, mail]'],
  healthcheck: ['{test: [CMD, a], timeout: 1m}', { test: ['CMD', 'a'], timeout: '1m0s' }, '{timeout: 10}'],
  hostname: ['web', 'web', '1'],
  image: ['busybox:1', 'busybox:1', '1'],
  init: ['true', true, 'perhaps'],
  ipc: ['host', 'host', 'true'],
  isolation: ['hyperv', 'hyperv', '1'],
  label_file: ['[labels]', ['/project/labels'], '{}'],
  labels: ['{a: true}', { a: 'true' }, '{a: []}'],
  links: ['["db:other"]', ['db:other'], 'db'],
  logging: ['{driver: local, options: {max-file: 3}}', { driver: 'local', options: { 'max-file': '3' } }, '{drive: x}'],
  mac_address: ['02:42:ac:11:65:43', '02:42:ac:11:65:43', '1'],
  mem_limit: ['1g', '1073741824', 'much'],
  mem_reservation: ['1048576', '1048576', '[]'],
  mem_swappiness: ['60', '60', 'x'],
  memswap_limit: ['-1', '-1', 'x'],
  models: ['{llm: {endpoint_var: URL}}', { llm: { endpoint_var: 'URL' } }, '{llm: {url: x}}'],
  network_mode: ['none', 'none', '1'],
  networks: ['{n: {priority: 5}}', { n: { priority: 5 } }, '{n: {weight: 5}}'],
  oom_kill_disable: ['true', true, '2'],
  oom_score_adj: ['-500', -500, '-1001'],
  pid: ['host', 'host', '1'],
  pids_limit: ['"100"', 100, 'x'],
  platform: ['linux/amd64', 'linux/amd64', '1'],
  ports: ['["80"]', [{ mode: 'ingress', target: 80, protocol: 'tcp' }], '[{target: 0}]'],
  post_start: ['[{command: a b}]', [{ command: ['a', 'b'] }], '[{user: a}]'],
  pre_start: ['[{command: a, per_replica: true}]', [{ command: ['a'], per_replica: true, image: 'x' }], '[{run: a}]'],
  pre_stop: ['[{command: [a], environment: [B=1]}]', [{ command: ['a'], environment: { B: '1' } }], '{}'],
  privileged: ['true', true, 'x'],
  profiles: ['[on]', ['on'], 'on'],
  provider: ['{type: t}', { type: 't' }, '{options: {}}'],
  pull_policy: ['daily', 'daily', 'sometimes'],
  pull_refresh_after: ['24h', '24h', '24'],
  read_only: ['true', true, '3'],
  restart: ['unless-stopped', 'unless-stopped', 'false'],
  runtime: ['runc', 'runc', '1'],
  scale: ['3', 3, '-3'],
  secrets: ['[{source: s, target: t}]', [{ source: 's', target: 't' }], 's'],
  security_opt: ['["no-new-privileges:true"]', ['no-new-privileges:true'], '[a, a]'],
  shm_size: ['64m', '67108864', 'x'],
  stdin_open: ['true', true, 'x'],
  stop_grace_period: ['90s', '1m30s', '90'],
  stop_signal: ['SIGINT', 'SIGINT', '2'],
  storage_opt: ['{size: 1}', { size: '1' }, '[]'],
  sysctls: ['{net.core.somaxconn: 1024}', { 'net.core.somaxconn': '1024' }, '5'],
  tmpfs: ['/run', ['/run'], '{}'],
  tty: ['true', true, 'x'],
  ulimits: ['{nproc: 10}', { nproc: 10 }, '{nproc: {hard: 1}}'],
  use_api_socket: ['true', true, 'x'],
  user: ['"1000"', '1000', '1000'],
  userns_mode: ['host', 'host', '1'],
  uts: ['host', 'host', '1'],
  volumes: ['["data:/v"]', [{ type: 'volume', source: 'data', target: '/v' }], '[{type: volume, path: /v}]'],
  volumes_from: ['["db:ro"]', ['db:ro'], 'db'],
  working_dir: ['/srv', '/srv', '1'],
  'x-atoll': ['{run: once}', { run: 'once' }, '{run: never}'],
}

const file = (key: string, value: string): Readonly<Record<string, string>> => ({
  'compose.yaml': `services:
  web:${key === 'image' ? '' : '\n    image: x'}
    ${key}: ${value}
  db: {image: y}
networks: {n: {}}
volumes: {data: {}}
configs: {c: {content: c}}
secrets: {s: {environment: S}}
models: {llm: {model: m}}
`,
  labels: '',
})

test('there is a sample for every key, so that none is forgotten', () => {
  expect(Object.keys(samples).sort()).toEqual(Object.keys(service.fields).sort())
})

describe.each(Object.entries(samples))('%s', (key, [right, expected, wrong]) => {
  const input = { profiles: ['on'] }

  test('is read', () => {
    expect(loadService(file(key, right), 'web', input)[key]).toEqual(expected)
  })

  test('is printed so that it is read again', () => {
    const model = loadModel(file(key, right), input)
    const printed = {
      ...file(key, right),
      'compose.yaml': renderModel({ ...model, models: { llm: { model: 'm' } } } as typeof model, 'yaml'),
    }
    expect(loadModel(printed, input)).toEqual(model)
  })

  test('is refused when it is wrong, where it stands', () => {
    const problems = renderProblems(file(key, wrong), input)
    expect(problems.length).toBeGreaterThan(0)
    expect(problems[0]).toMatch(new RegExp(`^compose\\.yaml:${key === 'image' ? 3 : 4}:\\d+ services\\.web\\.${key}`))
  })
})
