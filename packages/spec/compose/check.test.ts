import { describe, expect, test } from 'vitest'
import { renderProblems } from './load-texts.ts'

describe('a service', () => {
  const problems = (yaml: string): string =>
    renderProblems(`services:\n  db: {image: y}\n  web:\n    ${yaml}`).join('\n')

  test.each([
    ['hostname: a', '3:3 services.web: has neither an image nor a build'],
    ['image: ""', 'has neither an image nor a build'],
    [
      'build: {dockerfile: a, dockerfile_inline: FROM x}',
      '4:13 services.web: has a dockerfile and a dockerfile_inline',
    ],
    [
      '{image: x, platform: linux/arm64, build: {platforms: [linux/amd64]}}',
      'is not built for its own platform linux/arm64',
    ],
    ['{image: x, network_mode: host, networks: [default]}', 'has network_mode and networks'],
    ['{image: x, networks: [nowhere]}', '4:27 services.web: uses the network nowhere, which is not defined'],
    ['{image: x, volumes: ["nothing:/a"]}', 'uses the volume nothing, which is not defined'],
    ['{image: x, configs: [nothing]}', 'uses the config nothing, which is not defined'],
    ['{image: x, secrets: [{source: nothing}]}', 'uses the secret nothing, which is not defined'],
    ['{image: x, models: [nothing]}', 'uses the model nothing, which is not defined'],
    ['{build: {secrets: [nothing]}}', 'uses the secret nothing, which is not defined'],
    ['{image: x, volumes: [{type: bind, target: /a}]}', 'mounts a path of the host and names none'],
    ['{image: x, volumes: [{type: tmpfs}]}', 'has a volume without a target'],
    ['{image: x, ports: [{target: 80, host_ip: nowhere}]}', 'publishes a port on "nowhere", which is no IP address'],
    ['{image: x, depends_on: [nobody]}', '4:29 services.web: depends on the service nobody, which is not defined'],
    [
      '{image: x, depends_on: {nobody: {condition: service_started, required: false}}}',
      'depends on the service nobody, which is not defined',
    ],
    ['{image: x, links: [nobody]}', 'depends on the service nobody'],
    ['{image: x, network_mode: "service:nobody"}', 'depends on the service nobody'],
    ['{image: x, healthcheck: {test: [curl, a]}}', 'its health check begins with "curl"'],
    ['{image: x, scale: 2, deploy: {replicas: 3}}', 'says different things in scale and deploy.replicas'],
    ['{image: x, container_name: web, scale: 2}', 'has a container_name, which only one of its 2 copies could have'],
    ['{image: x, container_name: web, deploy: {replicas: 3}}', 'only one of its 3 copies'],
    [
      '{image: x, cpus: 1, deploy: {resources: {limits: {cpus: 2}}}}',
      'says different things in cpus and deploy.resources.limits.cpus',
    ],
    ['{image: x, mem_limit: 1k, deploy: {resources: {limits: {cpus: 2}}}}', 'says different things in mem_limit'],
    ['{image: x, gpus: [{count: 1, device_ids: [a]}]}', 'asks for devices by count and by device_ids'],
    [
      '{image: x, deploy: {resources: {reservations: {devices: [{count: 1}]}}}}',
      'reserves a device without saying which',
    ],
    ['{image: x, develop: {watch: [{path: a, action: sync}]}}', 'watches files without a target'],
  ])('%s', (yaml, problem) => {
    expect(problems(yaml)).toContain(problem)
  })

  test.each([
    'provider: {type: x}',
    '{image: x, scale: 2, deploy: {replicas: 2}}',
    '{image: x, container_name: web, scale: 1}',
    '{image: x, mem_limit: 1k, deploy: {resources: {limits: {memory: 1024b}}}}',
    '{image: x, healthcheck: {test: [NONE]}}',
    '{image: x, healthcheck: {test: []}}',
    '{image: x, volumes: [/anonymous]}',
    '{image: x, develop: {watch: [{path: a, action: restart}]}}',
    '{image: x, ports: ["[::1]:80:80"]}',
  ])('%s is right', (yaml) => {
    expect(problems(yaml)).toBe('')
  })
})

describe('a resource', () => {
  test.each([
    ['volumes: {v: {external: true, driver: local}}', '2:31 volumes.v.driver: an external volume is made elsewhere'],
    ['configs: {c: {}}', 'configs.c: says nowhere what it holds'],
    ['configs: {c: {file: a, content: b}}', 'configs.c: takes only one of file and content'],
    ['secrets: {s: {driver: x}}', 'secrets.s: says nowhere what it holds'],
    ['secrets: {s: {file: a, environment: B}}', 'secrets.s: takes only one of file and environment'],
    ['secrets: {s: {content: a}}', 'secrets.s.content: unknown key content'],
  ])('%s', (yaml, problem) => {
    expect(renderProblems(`services: {}\n${yaml}`).join('\n')).toContain(problem)
  })

  test.each([
    'volumes: {v: {external: true, name: a, x-own: 1}}',
    'configs: {c: {external: true}}',
    'secrets: {s: {environment: A}}',
  ])('%s is right', (yaml) => {
    expect(renderProblems(`services: {}\n${yaml}`)).toEqual([])
  })
})

test('services that wait for each other', () => {
  const yaml =
    'services:\n  a: {image: x, depends_on: [b]}\n  b: {image: x, links: [c]}\n  c: {image: x, depends_on: [b]}'
  expect(renderProblems(yaml)).toEqual([
    'compose.yaml:3:3 services.b.depends_on: services wait for each other in a circle: b -> c -> b',
  ])
})
