import { expect, test } from 'vitest'
import { loadModel, loadService } from './load-texts.ts'

const load = (yaml: string): ReturnType<typeof loadService> =>
  loadService(`services: {web: {image: x, ${yaml}}}\nvolumes: {v: {}}`, 'web', { variables: { HOME: '/home/ada' } })

test.each<[string, object]>([
  ['build: .', { build: { context: '/project' } }],
  ['build: ../other', { build: { context: '/other' } }],
  ['build: https://example.com/a.git', { build: { context: 'https://example.com/a.git' } }],
  ['build: "git@example.com:a.git"', { build: { context: 'git@example.com:a.git' } }],
  ['build: github.com/a/b', { build: { context: 'github.com/a/b' } }],
  [
    'build: {context: ., additional_contexts: {a: ./a, b: "docker-image://x", c: "service:web"}}',
    { build: { additional_contexts: { a: '/project/a', b: 'docker-image://x', c: 'service:web' } } },
  ],
  ['volumes: ["./a:/a"]', { volumes: [{ source: '/project/a' }] }],
  ['volumes: ["~/a:/a"]', { volumes: [{ source: '/home/ada/a' }] }],
  ['volumes: ["/a/../b:/a"]', { volumes: [{ source: '/a/../b' }] }],
  ['volumes: [{type: bind, source: ./a/, target: /a}]', { volumes: [{ source: '/project/a' }] }],
  ['volumes: [{type: volume, source: v, target: /a}]', { volumes: [{ source: 'v' }] }],
  ['develop: {watch: [{path: ./src, action: rebuild}]}', { develop: { watch: [{ path: '/project/src' }] } }],
])('%s', (yaml, expected) => {
  expect(load(yaml)).toMatchObject(expected)
})

test('files of configs and secrets, and folders behind volumes', () => {
  const model = loadModel(
    'services: {}\nconfigs: {c: {file: ./c.txt}}\nsecrets: {s: {file: ~/s.txt}}\nvolumes: {v: {driver: local, driver_opts: {type: none, o: bind, device: ./v}}, w: {driver: local, driver_opts: {device: ./w}}}',
    { variables: { HOME: '/home/ada' } },
  )
  expect(model.configs).toMatchObject({ c: { file: '/project/c.txt' } })
  expect(model.secrets).toMatchObject({ s: { file: '/home/ada/s.txt' } })
  expect(model.volumes).toMatchObject({
    v: { driver_opts: { device: '/project/v' } },
    w: { driver_opts: { device: './w' } },
  })
})
