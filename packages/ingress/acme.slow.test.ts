import { afterAll, beforeAll, expect, test } from 'vitest'
import { startIngress, type TestIngress } from './testing/ingress.ts'
import { endpointsAt, environmentOf } from './testing/table.ts'
import { startTasks } from './testing/tasks.ts'

const stack = new AsyncDisposableStack()
let ingress: TestIngress

beforeAll(async () => {
  const { port } = stack.use(await startTasks(['127.0.0.1']))
  const routes = `{host: a.example.org, port: ${port}}, {host: b.example.org, port: ${port}, deny: ['0.0.0.0/0']}`
  const text = `{name: shop, services: {web: {image: x, x-atoll: {routes: [${routes}]}}}}`
  const environment = environmentOf(text, { endpoints: { web: endpointsAt('127.0.0.1') } })
  ingress = stack.use(await startIngress([environment], { acmeThumbprint: 'the-thumb_print' }))
})
afterAll(() => stack.disposeAsync())

const ask = async (host: string, path: string, isTls = false): Promise<readonly [number, string]> => {
  const { status, text } = await ingress.ask({ host, path, isTls })
  return [status, text]
}

test.each(['a.example.org', 'b.example.org', 'nobody.example.org'])('a challenge for %s is answered', async (host) => {
  expect(await ask(host, '/.well-known/acme-challenge/to_ken-1')).toEqual([200, 'to_ken-1.the-thumb_print'])
})

test('with TLS too, for who comes through a proxy that redirects', async () => {
  expect(await ask('a.example.org', '/.well-known/acme-challenge/x?y', true)).toEqual([200, 'x.the-thumb_print'])
})

test.each(['', 'x/y', '%3Cscript%3E', 'a.b', "x'"])('what is no token (%s) goes its way', async (token) => {
  const { status, asked } = await ingress.ask({ host: 'a.example.org', path: `/.well-known/acme-challenge/${token}` })
  expect(status).toBe(200)
  expect(asked?.path).toBe(`/.well-known/acme-challenge/${token}`)
})
