import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { authHeader, openRegistryAuth, registryOf } from './registry-auth.ts'

let dir = ''
const path = process.env['PATH'] ?? ''

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'atoll-auth-'))
  const helper = `#!${process.execPath}
    let server = ''
    process.stdin.on('data', (chunk) => (server += chunk)).on('end', () => {
      if (server !== 'helped.example') process.exit(1)
      console.log(JSON.stringify({ ServerURL: server, Username: '<token>', Secret: 'T' }))
    })`
  await writeFile(join(dir, 'docker-credential-test'), helper)
  await chmod(join(dir, 'docker-credential-test'), 0o755)
  process.env['PATH'] = dir + delimiter + path
  const auth = Buffer.from('me:se:cret').toString('base64')
  const auths = { 'https://index.docker.io/v1/': { auth }, 'reg.example:5000': { auth } }
  await writeFile(
    join(dir, 'config.json'),
    JSON.stringify({ auths, credHelpers: { 'helped.example': 'test', 'other.example': 'absent' } }),
  )
})
afterAll(async () => {
  process.env['PATH'] = path
  await rm(dir, { recursive: true })
})

describe('credentials of registries', () => {
  it.each([
    ['debian', 'https://index.docker.io/v1/'],
    ['team/app:1', 'https://index.docker.io/v1/'],
    ['docker.io/team/app', 'https://index.docker.io/v1/'],
    ['127.0.0.1:5000/app@sha256:ab', '127.0.0.1:5000'],
    ['localhost/app', 'localhost'],
    ['reg.example/a/b/c', 'reg.example'],
  ])('%s is of %s', (image, registry) => {
    expect(registryOf(image)).toBe(registry)
  })

  it('are found by registry, from the file or a helper', async () => {
    const auth = openRegistryAuth(dir)
    expect(await auth.find('reg.example:5000')).toMatchObject({ username: 'me', password: 'se:cret' })
    expect(await auth.find('https://index.docker.io/v1/')).toMatchObject({ username: 'me' })
    expect(await auth.find('helped.example')).toEqual({ identitytoken: 'T', serveraddress: 'helped.example' })
    expect(await auth.find('other.example')).toBeUndefined()
    expect(Object.keys(await auth.all())).toEqual(['https://index.docker.io/v1/', 'reg.example:5000'])
  })

  it('travel in a header that is never absent, padded as the engine wants it', async () => {
    const header = async (from: string, image: string): Promise<string> =>
      (await authHeader(openRegistryAuth(from), image))['X-Registry-Auth'] ?? ''
    expect(await header('/nowhere', 'debian')).toBe('e30=')
    const known = await header(dir, 'debian')
    expect(known).toMatch(/^([\w-]{4})*([\w-]{2}==|[\w-]{3}=)?$/)
    expect(JSON.parse(Buffer.from(known, 'base64url').toString())).toMatchObject({ username: 'me' })
  })
})
