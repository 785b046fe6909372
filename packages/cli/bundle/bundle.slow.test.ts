import { execFile } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { bundleFolder, findBundle, recordFile } from './find-bundle.ts'
import { makeBundle } from './make-bundle.ts'

let root: string

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'atoll-bundle-'))
  write('packages/one/package.json', '{}')
  write('node_modules/.package-lock.json', '{}')
  write('packages/one/greeting.ts', "export const greeting: string = 'hello'\n")
  write('packages/one/beside.txt', 'read beside the source')
  write(
    'packages/one/main.ts',
    `import { readFileSync } from 'node:fs'
     import { greeting } from './greeting.ts'
     const { name } = await import('./later.ts')
     console.log(greeting, name, readFileSync(new URL('./beside.txt', import.meta.url), 'utf8'))
     console.log(import.meta.dirname, 'a text with import.meta.url in it')\n`,
  )
  write('packages/one/later.ts', "export const name: string = 'you'\n")
})

afterEach(() => {
  for (const path of [root, `${root}-copy`]) rmSync(path, { recursive: true, force: true })
})

const write = (path: string, text: string): void => {
  mkdirSync(dirname(join(root, path)), { recursive: true })
  writeFileSync(join(root, path), text)
}

/** A bundle of files that were there before it was begun. */
const make = async (): Promise<string> => {
  const begunAt = Date.now()
  await expect.poll(() => Date.now()).toBeGreaterThan(begunAt + 50)
  return makeBundle({ root, program: join(root, 'packages/one/main.ts') })
}

const say = async (program: string): Promise<string> => (await promisify(execFile)(process.execPath, [program])).stdout

describe('a bundle', () => {
  it('says what the sources say, and finds what lies beside them', async () => {
    const entry = await make()
    expect(await say(entry)).toBe(
      `hello you read beside the source\n${join(root, 'packages/one')} a text with import.meta.url in it\n`,
    )
    expect(findBundle(root)).toBe(entry)
  })

  it('has of Node what it asks for, and not the client for the web that comes with an import', async () => {
    const count = `console.log(process.moduleLoadList.filter((name) => name.includes('deps/undici')).length)\n`
    write('packages/one/main.ts', `import { createServer } from 'node:http'\ncreateServer()\n${count}`)
    expect(await say(await make())).toBe('0\n')
    expect(await say(join(root, 'packages/one/main.ts'))).toBe('1\n')
  })

  it.each([
    ['a source', 'packages/one/greeting.ts', "export const greeting: string = 'howdy'\n"],
    ['a source that is loaded late', 'packages/one/later.ts', "export const name: string = 'she'\n"],
    ['the entries of a room', 'packages/one/package.json', '[]'],
    ['what is installed', 'node_modules/.package-lock.json', '[]'],
  ])('is none any more when %s has changed, were it as long and as old as before', async (_, path, text) => {
    await make()
    write(path, text)
    utimesSync(join(root, path), 0, 0)
    expect(findBundle(root)).toBeUndefined()
  })

  it('is none when a source is gone, or it is gone itself, or its record is torn', async () => {
    const first = await make()
    rmSync(join(root, 'packages/one/later.ts'))
    expect(findBundle(root)).toBeUndefined()
    write('packages/one/later.ts', "export const name: string = 'us'\n")
    const second = await make()
    expect(findBundle(root)).toBe(second)
    rmSync(dirname(second), { recursive: true })
    expect(findBundle(root)).toBeUndefined()
    writeFileSync(recordFile(root), readFileSync(recordFile(root), 'utf8').slice(0, 40))
    expect(findBundle(root)).toBeUndefined()
    expect(existsSync(first)).toBe(true)
  })

  it('is none where the checkout was copied or moved to, for it knows where its sources were', async () => {
    const entry = await make()
    const copy = `${root}-copy`
    cpSync(root, copy, { recursive: true, preserveTimestamps: true })
    expect(findBundle(copy)).toBeUndefined()
    rmSync(copy, { recursive: true })
    renameSync(root, copy)
    expect(findBundle(copy)).toBeUndefined()
    renameSync(copy, root)
    expect(findBundle(root)).toBe(entry)
  })

  it('is not recorded when a source changed while it was made', async () => {
    const path = join(root, 'packages/one/main.ts')
    const begun = makeBundle({ root, program: path })
    write('packages/one/greeting.ts', "export const greeting: string = 'late'\n")
    await begun
    expect(findBundle(root)).toBeUndefined()
  })

  it('leaves those of the last day, from which a command may still run, and removes older ones', async () => {
    const [first, second] = [await make(), await make()]
    utimesSync(dirname(first), 0, 0)
    await make()
    expect([existsSync(first), existsSync(second)]).toEqual([false, true])
    expect(existsSync(bundleFolder(root))).toBe(true)
  })
})
