import { expect, expectTypeOf, it, test } from 'vitest'
import { openClient } from './client.ts'
import type { ClientRequest } from './client.ts'
import { ApiError } from './errors.ts'
import type { Input, Reply } from './routes.ts'

const never = new AbortController().signal

/** A server that answers everything alike, in pieces of the given size. */
const openServer = (status: number, body: string, pieceLength = body.length) => {
  const requests: ClientRequest[] = []
  const client = openClient({
    token: 'atoll_t_x',
    send: async (request) => {
      requests.push(request)
      return {
        status,
        headers: () => undefined,
        text: async () => body,
        async *chunks() {
          for (let at = 0; at < body.length; at += pieceLength) yield body.slice(at, at + pieceLength)
        },
      }
    },
  })
  return { client, requests }
}

const params = { app: 'shop', environment: 'test' }
const caught = (work: Promise<unknown>): Promise<unknown> => work.catch((error: unknown) => error)

test('a call sends its path, query, body and token, and parses the answer', async () => {
  const { client, requests } = openServer(202, '{"operation":"shop.test.1","unknown":1}')
  const body = { kind: 'scale' as const, replicas: { web: 3 } }
  const headers = { 'idempotency-key': 'k' }
  const reply = await client.call('startDeployment', { params, body, headers }, never)
  expect(reply).toEqual({ operation: 'shop.test.1' })
  expect(requests[0]).toMatchObject({
    method: 'POST',
    path: '/v1/apps/shop/environments/test/deployments',
    body: JSON.stringify(body),
    headers: { authorization: 'Bearer atoll_t_x', 'idempotency-key': 'k', 'x-atoll-request': '1' },
  })
})

test('the age of a reply is handed over, and only where there is one', async () => {
  const ages: number[] = []
  const ask = async (age: string | undefined): Promise<void> => {
    const client = openClient({
      onAge: (ageMs) => void ages.push(ageMs),
      send: async () => ({
        status: 200,
        headers: (name) => (name === 'x-atoll-age-ms' ? age : undefined),
        text: async () => '{"items":[]}',
        async *chunks() {},
      }),
    })
    await client.call('listApps', {}, never)
  }
  for (const age of ['1200', undefined, 'old', '0']) await ask(age)
  expect(ages).toEqual([1200, 0])
})

test('what stands in a path or a query cannot leave its place', async () => {
  const { client, requests } = openServer(200, '{"items":[]}')
  const input = { params: { app: '../a?b', environment: 'x/y' }, query: { after: 'a&b=c#' } }
  await client.call('listReleases', input, never)
  expect(requests[0]?.path).toBe('/v1/apps/..%2Fa%3Fb/environments/x%2Fy/releases?after=a%26b%3Dc%23')
})

test('no content is no reply', async () => {
  expect(await openServer(204, '').client.call('signOut', {}, never)).toBeUndefined()
})

test('a refusal is an ApiError with everything it said', async () => {
  const problem = { severity: 'error', path: 'c.yaml', line: 3, column: 1, key: 'k', message: 'm' }
  const failure = { type: 'about:blank', title: 'T', status: 422, detail: 'bad', code: 'invalid-project', hint: 'h' }
  const { client } = openServer(422, JSON.stringify({ ...failure, problems: [problem] }))
  const error = await caught(client.call('getMe', {}, never))
  expect(error).toBeInstanceOf(ApiError)
  expect(error).toMatchObject({ message: 'bad', status: 422, code: 'invalid-project', hint: 'h', problems: [problem] })
})

test.each([
  [502, '<html>'],
  [200, 'welcome'],
  [200, '{"node":1}'],
  [404, '{"error":"x"}'],
])('an answer %i %s is none of this API', async (status, body) => {
  const error = await caught(openServer(status, body).client.call('getHealth', {}, never))
  expect(error).toMatchObject({ code: 'not-the-api', status })
})

test.each([1, 7, 1000])('events and lines come whole, in pieces of %i', async (length) => {
  const wait = { kind: 'wait', atMs: 1, message: 'größer' }
  const events = `id: 1\ndata: ${JSON.stringify(wait)}\n\n: alive\n\nid: 2\ndata: ${JSON.stringify(wait)}\n\n`
  const { client } = openServer(200, events, length)
  const input = { params: { ...params, operation: 'o' } }
  expect(await Array.fromAsync(client.follow('followOperation', input, never))).toEqual([
    { id: '1', event: wait },
    { id: '2', event: wait },
  ])
  const line = { service: 'web', taskId: 't', stream: 'stdout', atMs: 1, text: 'a' }
  const lines = openServer(200, `${JSON.stringify(line)}\n${JSON.stringify(line)}\n`, length)
  expect(await Array.fromAsync(lines.client.lines('readLogs', { params }, never))).toEqual([line, line])
  const open = openServer(200, `${JSON.stringify(line)}\n${JSON.stringify(line)}`, length)
  expect(await Array.fromAsync(open.client.lines('readLogs', { params }, never))).toEqual([line, line])
})

test('a stream that fails on its way throws what the server said', async () => {
  const failure = { type: 'about:blank', title: 'T', status: 503, detail: 'no leader', code: 'no-quorum' }
  const { client } = openServer(200, `event: failure\ndata: ${JSON.stringify(failure)}\n\n`)
  const events = client.follow('followOperation', { params: { ...params, operation: 'o' } }, never)
  expect(await caught(Array.fromAsync(events))).toMatchObject({ code: 'no-quorum', retry: true })
})

it('knows the type of each reply, and what each call needs', () => {
  expectTypeOf<Reply<'signOut'>>().toEqualTypeOf<undefined>()
  expectTypeOf<Reply<'listNodes'>['items'][number]['isLeader']>().toEqualTypeOf<boolean>()
  expectTypeOf<object>().not.toExtend<Input<'getStatus'>>()
  expectTypeOf<{ readonly params: typeof params }>().toExtend<Input<'getStatus'>>()
  expectTypeOf<object>().toExtend<Input<'getHealth'>>()
})
