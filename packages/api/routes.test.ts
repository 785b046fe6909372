import { expect, test } from 'vitest'
import { renderOpenApi } from './open-api.ts'
import type { Route } from './route.ts'
import { routes } from './routes.ts'
import { project } from './schemas/project.ts'

const all = Object.entries<Route>(routes)

test('no two routes have the same address', () => {
  const addresses = all.map(([, { method, path }]) => `${method} ${path.replaceAll(/:\w+/g, ':')}`)
  expect(new Set(addresses).size).toBe(addresses.length)
})

test.each(all)(
  '%s has a parameter for each that its path names, and an app when its role is asked of one',
  (_, route) => {
    const named = [...route.path.matchAll(/:(\w+)/g)].map((match) => match[1])
    expect(Object.keys(route.params?.shape ?? {})).toEqual(named)
    expect(route.scope === 'app').toBe(named.includes('app'))
    expect(route.scope === 'team').toBe(named.includes('team'))
    expect(route.method === 'GET' && route.body !== undefined).toBe(false)
    // Lines may be the answer to a body that says what is wanted; whoever loses them asks anew.
    const isAnswered = route.kind === 'lines' && route.body !== undefined
    expect(route.kind !== 'json' && route.method !== 'GET' && route.upload === undefined && !isAnswered).toBe(false)
    expect(route.upload !== undefined && (route.body !== undefined || route.method === 'GET')).toBe(false)
  },
)

test('what nobody needs to sign in for is known by name', () => {
  const open = all.filter(([, { role }]) => role === 'nobody').map(([name]) => name)
  expect(open).toEqual([
    'getHealth',
    'getOpenApi',
    'signIn',
    'acceptInvitation',
    'acceptReset',
    'getOidc',
    'startOidc',
    'finishOidc',
    'redeemOidc',
    'lookAtCluster',
    'joinCluster',
    'settleJoin',
    'leaveJoin',
    'certifyAgent',
  ])
})

test('the document names every route with its role, and refers to nothing that is not in it', () => {
  const document = renderOpenApi({ version: '1' })
  const operations = Object.values(document['paths'] as object).flatMap((path: object) => Object.values(path))
  expect(operations.map(({ operationId }: { operationId: string }) => operationId).toSorted()).toEqual(
    all.map(([name]) => name).toSorted(),
  )
  const text = JSON.stringify(document)
  const references = [...text.matchAll(/"\$ref":"([^"]+)"/g)].map((match) => match[1])
  expect(new Set(references)).toEqual(new Set(['#/components/schemas/Failure']))
  expect(document).toMatchObject({
    openapi: '3.1.0',
    paths: {
      '/v1/apps/{app}/environments/{environment}/deployments': {
        post: { 'x-atoll-role': 'deployer', security: [{ bearer: [] }, { cookie: [] }] },
      },
      '/v1/sessions': { post: { security: [], requestBody: { required: true } } },
    },
  })
})

test('an upload takes what reading can give, and nothing it does not know', () => {
  const upload = {
    composeFiles: ['compose.yaml'],
    workingDir: '/a',
    environment: 'test',
    profiles: [],
    variables: {},
    files: { '/a/compose.yaml': { kind: 'text', text: '' }, '/a/.env': { kind: 'absent' }, '/b': { kind: 'folder' } },
    exists: { '/a': true },
    contents: { '/a/key': { kind: 'bytes', base64: 'AAE=' } },
  }
  expect(project.safeParse(upload).success).toBe(true)
  expect(project.safeParse({ ...upload, model: {} }).success).toBe(false)
  expect(project.safeParse({ ...upload, contents: { '/a/key': { kind: 'bytes', base64: '!' } } }).success).toBe(false)
  expect(project.safeParse({ ...upload, environment: 'Test Me' }).success).toBe(false)
})
