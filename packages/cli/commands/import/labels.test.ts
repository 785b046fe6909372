import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openTestCli } from '../../test-cli.ts'

const file = (rule: string): string => `services:
  web:
    image: web # ours
    expose: [80]
    labels:
      - traefik.http.routers.web.rule=${rule}
      - traefik.http.routers.web.entrypoints=websecure
`
const turned = `services:
  web:
    image: web # ours
    expose: [80]
    x-atoll:
      routes:
        - host: a.example.org
          port: 80
`

test('a file is printed with routes in the place of labels, and stays as it is', async () => {
  using cli = openTestCli({ 'compose.yaml': file('Host(`a.example.org`)') })
  expect(await cli.run(['import', 'labels', 'compose.yaml'])).toEqual({ status: 0, stdout: turned, stderr: '' })
  expect(readFileSync(join(cli.folder, 'compose.yaml'), 'utf8')).toContain('traefik')
})

test('--write changes it, and a second time there is nothing to do', async () => {
  using cli = openTestCli({ 'compose.yaml': file('Host(`a.example.org`)') })
  const words = ['import', 'labels', 'compose.yaml', '--write']
  expect((await cli.run(words)).stdout).toBe('compose.yaml: changed, 1 route\n')
  expect(readFileSync(join(cli.folder, 'compose.yaml'), 'utf8')).toBe(turned)
  expect((await cli.run(words)).stdout).toBe('compose.yaml: not changed\n')
  expect((await cli.run(['route', 'test', 'a.example.org'])).status).toBe(0)
})

test('labels that stay are told with their place, and end with 1', async () => {
  using cli = openTestCli({ 'compose.yaml': file('PathPrefix(`/x`)') })
  const { status, stdout, stderr } = await cli.run(['import', 'labels', 'compose.yaml'])
  expect([status, stdout]).toEqual([1, file('PathPrefix(`/x`)')])
  expect(stderr).toContain('compose.yaml:6:9: services.web.labels.traefik.http.routers.web.rule: is for every host')
  expect(stderr).toContain('compose.yaml:7:9: services.web.labels.traefik.http.routers.web.entrypoints: stays with')
  expect(stderr).toContain('! labels are left')
})

test('several files, one of standard input, as data', async () => {
  using cli = openTestCli({ 'compose.yaml': file('Host(`a.example.org`)') })
  const input = file('Host(`b.example.org`)')
  const { stdout } = await cli.run(['import', 'labels', 'compose.yaml', '-', '--json'], { input })
  expect(JSON.parse(stdout)).toMatchObject([
    { file: 'compose.yaml', text: turned, routes: 1, problems: [] },
    { file: '-', routes: 1 },
  ])
  const both = await cli.run(['import', 'labels', 'compose.yaml', '-'], { input })
  expect(both.stdout).toContain(`--- # compose.yaml\n${turned}--- # -\n`)
})

test('what is no file is said, and standard input cannot be changed', async () => {
  using cli = openTestCli()
  const absent = await cli.run(['import', 'labels', 'gone.yaml'])
  expect([absent.status, absent.stderr]).toEqual([1, expect.stringContaining('read gone.yaml: there is no such file')])
  expect(await cli.run(['import', 'labels', '-', '--write'])).toMatchObject({ status: 2 })
})
