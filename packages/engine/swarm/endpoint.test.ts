import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { listContexts } from './docker-contexts.ts'
import { resolveEndpoints } from './endpoint.ts'

let home = ''

const writeContext = async (name: string, host: string): Promise<string> => {
  const id = createHash('sha256').update(name).digest('hex')
  const dir = join(home, '.docker', 'contexts', 'meta', id)
  await mkdir(dir, { recursive: true })
  await writeFile(
    join(dir, 'meta.json'),
    JSON.stringify({ Name: name, Metadata: {}, Endpoints: { docker: { Host: host } } }),
  )
  return id
}

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'atoll-home-'))
  await writeContext('far', 'ssh://me@far:2222')
  const id = await writeContext('safe', 'tcp://10.0.0.1:2376')
  const tls = join(home, '.docker', 'contexts', 'tls', id, 'docker')
  await mkdir(tls, { recursive: true })
  await writeFile(join(tls, 'ca.pem'), 'CA')
  await mkdir(join(home, 'certs'))
  await writeFile(join(home, 'certs', 'cert.pem'), 'CERT')
})
afterAll(() => rm(home, { recursive: true }))

const resolve = (engines: readonly string[], variables: Readonly<Record<string, string>> = {}) =>
  resolveEndpoints({ engines, variables: { HOME: home, ...variables } })

describe('where the engine is', () => {
  it.each([
    ['unix:///run/x.sock', { kind: 'unix', path: '/run/x.sock' }],
    ['tcp://10.0.0.1', { kind: 'tcp', host: '10.0.0.1', port: 2375 }],
    ['tcp://[::1]:99', { kind: 'tcp', host: '::1', port: 99 }],
    ['https://host', { kind: 'tcp', host: 'host', port: 2376, tls: { isVerified: true } }],
    ['ssh://host', { kind: 'ssh', destination: 'host' }],
    ['far', { kind: 'ssh', destination: 'me@far', port: 2222, name: 'context far (ssh://me@far:2222)' }],
    ['safe', { kind: 'tcp', port: 2376, tls: { ca: 'CA', isVerified: true } }],
  ])('reads %s', async (engine, expected) => {
    expect(await resolve([engine])).toMatchObject([expected])
  })

  it.each(['nothing', 'npipe:////./pipe/docker', 'ssh://-oProxyCommand=x', 'tcp:'])('refuses %s', async (engine) => {
    await expect(resolve([engine])).rejects.toMatchObject({ code: 'invalid' })
  })

  it('takes the flag before DOCKER_HOST, that before DOCKER_CONTEXT, that before the local socket', async () => {
    const variables = { DOCKER_HOST: 'unix:///a, unix:///b', DOCKER_CONTEXT: 'far' }
    expect(await resolve(['unix:///flag'], variables)).toMatchObject([{ path: '/flag' }])
    expect(await resolve([], variables)).toMatchObject([{ path: '/a' }, { path: '/b' }])
    expect(await resolve([], { DOCKER_CONTEXT: 'far' })).toMatchObject([{ destination: 'me@far' }])
    expect(await resolve([], { DOCKER_CONTEXT: 'default' })).toMatchObject([{ path: '/var/run/docker.sock' }])
    expect(await resolve([])).toMatchObject([{ path: '/var/run/docker.sock' }])
  })

  it('takes the current context of config.json', async () => {
    const config = join(home, '.docker', 'config.json')
    await writeFile(config, JSON.stringify({ currentContext: 'far' }))
    expect(await resolve([])).toMatchObject([{ destination: 'me@far' }])
    await rm(config)
  })

  it('secures tcp as the variables say', async () => {
    const variables = { DOCKER_HOST: 'tcp://h', DOCKER_TLS_VERIFY: '1', DOCKER_CERT_PATH: join(home, 'certs') }
    expect(await resolve([], variables)).toMatchObject([{ port: 2376, tls: { cert: 'CERT', isVerified: true } }])
  })

  it('lists contexts', async () => {
    expect((await listContexts(join(home, '.docker'))).map(({ name }) => name).sort()).toEqual(['far', 'safe'])
    expect(await listContexts('/nowhere')).toEqual([])
  })
})
