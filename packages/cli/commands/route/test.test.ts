import { expect, test } from 'vitest'
import { openTestCli } from '../../test-cli.ts'

const file = `name: shop
services:
  web:
    image: web
    x-atoll:
      routes:
        - {host: shop.example.org, port: 80}
        - {host: shop.example.org, path: /api, method: [POST], port: 80}
        - {host: other.example.org, port: 80}
`

test('a request is answered by a route of the compose file, and others are told why not', async () => {
  using cli = openTestCli({ 'compose.yaml': file })
  const { status, stdout } = await cli.run(['route', 'test', 'shop.example.org/api/x'])
  expect(stdout.split('\n').map((line) => line.trimEnd())).toEqual([
    'GET shop.example.org/api/x: shop.example.org/ of web in shop/production',
    '',
    'NOT                        APP              SERVICE  BECAUSE',
    'POST shop.example.org/api  shop/production  web      the method is GET',
    '',
    '1 route is for another host or port',
    '',
  ])
  expect(status).toBe(0)
})

test('method and headers are those that are said, and data is data', async () => {
  using cli = openTestCli({ 'other.yaml': file })
  const words = ['route', 'test', 'https://shop.example.org/api', '-f', 'other.yaml', '--json']
  const { stdout } = await cli.run([...words, '--method', 'post', '--header', 'X-A: b'])
  const owner = { app: 'shop', environment: 'production', service: 'web' }
  expect(JSON.parse(stdout)).toEqual({
    kind: 'route',
    route: { ...owner, route: 'POST shop.example.org/api' },
    others: [{ ...owner, route: 'shop.example.org/', why: 'fits, and POST shop.example.org/api is more specific' }],
    elsewhere: 1,
  })
})

test('ends with 1 when none answers, and with 2 when no request or no app is meant', async () => {
  using cli = openTestCli({ 'compose.yaml': file })
  const none = await cli.run(['route', 'test', 'https://else.example.org'])
  expect([none.status, none.stdout]).toEqual([
    1,
    'GET else.example.org/: no route answers\n\n3 routes are for other hosts or ports\n',
  ])
  const refused = await cli.run(['route', 'test', 'shop.example.org/100%'])
  expect([refused.status, refused.stdout]).toEqual([
    1,
    expect.stringContaining('refused with 400, for the path is none'),
  ])
  expect(await cli.run(['route', 'test', 'ftp://a'])).toMatchObject({ status: 2 })
  const named = await cli.run(['route', 'test', 'a.example.org', '--app', 'shop'])
  expect([named.status, named.stderr]).toEqual([2, expect.stringContaining('atoll login URL')])
})
