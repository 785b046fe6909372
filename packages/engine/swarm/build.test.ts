import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Build } from '@atoll/spec'
import { extract } from 'tar-stream'
import { EngineError } from '../errors.ts'
import { buildImage } from './build.ts'
import { openBuildContext } from './build-context.ts'
import { decodeTrace, followBuild } from './build-progress.ts'
import type { Api, Call } from './client.ts'

const signal = new AbortController().signal
let context = ''

beforeEach(async () => {
  context = await mkdtemp(join(tmpdir(), 'atoll-build-'))
  await mkdir(join(context, 'node_modules', 'x'), { recursive: true })
  await mkdir(join(context, 'src'))
  for (const name of ['Dockerfile', 'README.md', 'OTHER.md', 'src/a.ts', 'node_modules/x/i.js', 'node_modules/keep'])
    await writeFile(join(context, name), name)
  await symlink('src/a.ts', join(context, 'link'))
})
afterEach(() => rm(context, { recursive: true }))

const build = (change: Partial<Build> = {}): Build => ({
  context,
  dockerfile: 'Dockerfile',
  args: {},
  labels: {},
  extraHosts: [],
  platforms: [],
  tags: [],
  isPulling: false,
  noCache: false,
  ...change,
})

const list = async (wanted: Build): Promise<{ readonly names: readonly string[]; readonly dockerfile: string }> => {
  const { tar, dockerfile } = await openBuildContext(wanted, signal)
  const parser = extract()
  const names: string[] = []
  parser.end(await buffer(tar))
  for await (const entry of parser) {
    names.push(entry.header.name)
    entry.resume()
  }
  return { names, dockerfile }
}

describe('the folder of a build', () => {
  it('is sent as it is without .dockerignore', async () => {
    const { names, dockerfile } = await list(build())
    expect(dockerfile).toBe('Dockerfile')
    expect(names).toEqual([
      'Dockerfile',
      'OTHER.md',
      'README.md',
      'link',
      'node_modules/',
      'node_modules/keep',
      'node_modules/x/',
      'node_modules/x/i.js',
      'src/',
      'src/a.ts',
    ])
  })

  it('leaves out what .dockerignore names, but not the Dockerfile', async () => {
    await writeFile(
      join(context, '.dockerignore'),
      '# comment\nnode_modules\n!node_modules/keep\n*.md\r\n!README.md\nDockerfile\n',
    )
    const { names } = await list(build())
    expect(names).toEqual(['.dockerignore', 'Dockerfile', 'README.md', 'link', 'node_modules/keep', 'src/', 'src/a.ts'])
  })

  it('takes the rules beside the Dockerfile first', async () => {
    await writeFile(join(context, '.dockerignore'), 'src')
    await writeFile(join(context, 'Dockerfile.dockerignore'), '*\n')
    expect((await list(build())).names).toEqual(['.dockerignore', 'Dockerfile'])
  })

  it('carries a Dockerfile from elsewhere under a name of ours', async () => {
    const { names, dockerfile } = await list(build({ dockerfileInline: 'FROM scratch' }))
    expect(dockerfile).toBe('.atoll.Dockerfile')
    expect(names).toContain('.atoll.Dockerfile')
    const outside = await list(build({ context: join(context, 'src'), dockerfile: '../Dockerfile' }))
    expect(outside.names).toEqual(['a.ts', '.atoll.Dockerfile'])
  })

  it('says which Dockerfile is absent', async () => {
    await expect(openBuildContext(build({ dockerfile: 'Nope' }), signal)).rejects.toMatchObject({
      code: 'invalid',
      message: expect.stringContaining(join(context, 'Nope')),
    })
  })
})

/** A trace as Docker 20.10.24 sent it: a RUN step begins, then says "hi". */
const step =
  'CrgBCkdzaGEyNTY6NjZhNjY1ZTlkYjViYjA3MjNjNDRmYmE3NTA2MTUwN2YzMjA0Nzg3NWJlZDczYTNhYzE5ZTU3M2UwZjdiMDcyNhJHc2hhMjU2OmY5YWU4NWJhZjJhNWU2NTJmNzAyZjIyMzcxOTJmNTVkZmIyMGZmNjU3MGM2MjY4OWJkNDljYTA2MTYzMDM1YWUaFlsyLzJdIFJVTiBlY2hvIGhpID4gL3gqDAiTwIDYBhDVvrWKAw=='

describe('the progress of a build', () => {
  it('reads what BuildKit says', () => {
    expect(decodeTrace(Buffer.from(step, 'base64')).vertexes).toMatchObject([
      { name: '[2/2] RUN echo hi > /x', hasStarted: true, hasCompleted: false, isCached: false, error: '' },
    ])
    expect(decodeTrace(Buffer.from('ff00ff', 'hex'))).toEqual({ vertexes: [], logs: [] })
  })

  it('tells each step once, and what both builders print', () => {
    const lines: string[] = []
    const follow = followBuild('build x', (line) => lines.push(line))
    for (const line of [
      { id: 'moby.buildkit.trace', aux: step },
      { id: 'moby.buildkit.trace', aux: step },
      { stream: 'Step 1/3 : FROM base\n' },
      { stream: '\n' },
      { aux: { ID: 'sha256:1' } },
    ])
      follow(line)
    expect(lines).toEqual(['[2/2] RUN echo hi > /x', 'Step 1/3 : FROM base'])
    expect(() => follow({ error: 'exit code: 3' })).toThrow('build x: exit code: 3')
  })
})

describe('a packed folder', () => {
  const request = {
    build: build({ context: '/nowhere', dockerfile: 'D' }),
    reference: 'r/shop/web:1',
    onLine: () => {},
  }
  const auth = { find: async () => undefined, all: async () => ({}) }

  /** Takes what is sent, then says what a builder and a registry say. */
  const openEngine = (replies: readonly object[]) => {
    const calls: { readonly call: Call; readonly sent: string }[] = []
    const stream = async (call: Call) => {
      const sent = call.body instanceof Readable ? (await buffer(call.body)).toString() : ''
      calls.push({ call, sent })
      const lines = replies.slice(calls.length - 1, calls.length).map((line) => `${JSON.stringify(line)}\n`)
      return Readable.from(lines) as IncomingMessage
    }
    return { calls, engine: { stream } as unknown as Api }
  }

  it('is passed on to the engine as it comes, whatever its context is called', async () => {
    const { calls, engine } = openEngine([{ stream: 'done' }, { aux: { Digest: 'sha256:1' } }])
    const packed = Readable.from(['one ', 'two'], { objectMode: false })
    const built = await buildImage({ engine, auth }, { ...request, packed }, signal)
    expect(built).toBe('r/shop/web:1@sha256:1')
    expect(calls[0]).toMatchObject({ sent: 'one two', call: { path: '/build', query: { dockerfile: 'D' } } })
    expect(calls[0]?.call.query?.['remote']).toBeUndefined()
  })

  it('comes once: where credentials would help it is not built again', async () => {
    const { calls, engine } = openEngine([{ error: 'pull: unauthorized' }])
    const packed = Readable.from(['one'], { objectMode: false })
    await expect(buildImage({ engine, auth }, { ...request, packed }, signal)).rejects.toMatchObject({
      message: expect.stringContaining('unauthorized'),
    })
    expect(calls).toHaveLength(1)
  })

  it('that breaks off fails the build, and nothing is pushed', async () => {
    const { calls, engine } = openEngine([])
    const packed = (async function* () {
      yield Buffer.from('one')
      throw new EngineError('unreachable', 'the tar was cut off')
    })()
    await expect(buildImage({ engine, auth }, { ...request, packed }, signal)).rejects.toThrow('cut off')
    expect(calls).toEqual([])
  })
})
