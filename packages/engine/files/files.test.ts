import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
} from 'node:fs'
import { chmodSync, existsSync, utimesSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pack } from 'tar-stream'
import type { Header } from 'tar-stream'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { packFiles, settleFiles, unpackFiles } from './index.ts'
import type { Packing, Unpacked } from './index.ts'

const live = new AbortController().signal
const ignore = (): void => undefined
let folder = ''

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'atoll-files-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

type Entry = Partial<Header> & Pick<Header, 'name'>

const tarOf = (entries: readonly (readonly [Entry, string?])[]): AsyncIterable<Uint8Array> => {
  const tar = pack()
  for (const [header, text] of entries) tar.entry(header, text ?? '')
  tar.finalize()
  return tar as AsyncIterable<Buffer>
}

const unpack = (tar: AsyncIterable<Uint8Array>, skipped: string[] = []): Promise<Unpacked> =>
  unpackFiles(tar, { to: join(folder, 'out'), onSkip: (name) => void skipped.push(name), signal: live })

describe('a folder that is packed and unpacked', () => {
  it('is the same: content, rights, times, links, and what is empty', async () => {
    const from = join(folder, 'from')
    mkdirSync(join(from, 'deep/empty'), { recursive: true })
    writeFileSync(join(from, 'deep/large'), Buffer.alloc(3_000_000, 5))
    writeFileSync(join(from, 'run'), 'exit 0')
    chmodSync(join(from, 'run'), 0o751)
    symlinkSync('/etc/hostname', join(from, 'away'))
    symlinkSync('deep', join(from, 'near'))
    utimesSync(join(from, 'run'), 1_000, 2_000)
    chmodSync(join(from, 'deep'), 0o555)
    const sent = { kinds: new Set<string>(), bytes: 0 }
    const onEntry: Packing['onEntry'] = ({ kind, bytes }) => {
      sent.kinds.add(kind)
      sent.bytes += bytes
    }
    const seen = await unpack(packFiles(from, { name: 'renamed', onSkip: ignore, onEntry, signal: live }))
    const out = join(folder, 'out')
    expect(seen).toEqual({ entries: 7, files: 2, bytes: 3_000_006 })
    expect(sent).toEqual({ kinds: new Set(['folder', 'file', 'link']), bytes: seen.bytes })
    const list = (path: string) => new Set(readdirSync(path, { recursive: true, encoding: 'utf8' }))
    expect(list(out)).toEqual(list(from))
    expect(readFileSync(join(out, 'deep/large')).equals(readFileSync(join(from, 'deep/large')))).toBe(true)
    expect(lstatSync(join(out, 'run')).mode & 0o7777).toBe(0o751)
    expect(lstatSync(join(out, 'run')).mtimeMs).toBe(2_000_000)
    expect(lstatSync(join(out, 'deep')).mode & 0o7777).toBe(0o555)
    expect([readlinkSync(join(out, 'away')), readlinkSync(join(out, 'near'))]).toEqual(['/etc/hostname', 'deep'])
    chmodSync(join(out, 'deep'), 0o755)
    chmodSync(join(from, 'deep'), 0o755)
  })

  it('may be a single file, or a link', async () => {
    writeFileSync(join(folder, 'one'), 'text')
    await unpack(packFiles(join(folder, 'one'), { name: 'other', onSkip: ignore, signal: live }))
    expect(readFileSync(join(folder, 'out'), 'utf8')).toBe('text')
    rmSync(join(folder, 'out'))
    symlinkSync('nowhere', join(folder, 'link'))
    await unpack(packFiles(join(folder, 'link'), { name: 'link', onSkip: ignore, signal: live }))
    expect(readlinkSync(join(folder, 'out'))).toBe('nowhere')
  })

  it('leaves sockets out, and says so', async () => {
    mkdirSync(join(folder, 'from'))
    const path = join(folder, 'from/socket')
    const server = createServer().listen(path)
    const skipped: string[] = []
    await unpack(
      packFiles(join(folder, 'from'), { name: 'x', onSkip: (name) => void skipped.push(name), signal: live }),
    )
    server.close()
    expect(skipped).toEqual([path])
    expect(readdirSync(join(folder, 'out'))).toEqual([])
  })
})

describe('a tar that means harm', () => {
  const root: [Entry] = [{ name: 'a/', type: 'directory' }]
  it.each<[string, [Entry, string?][]]>([
    ['by a name', [root, [{ name: 'a/../../evil' }, 'x']]],
    ['by a first name', [[{ name: '../evil' }, 'x']]],
    ['by a place beside', [root, [{ name: 'evil' }, 'x']]],
    ['through a link', [root, [{ name: 'a/l', type: 'symlink', linkname: '..' }], [{ name: 'a/l/evil' }, 'x']]],
    ['over a link', [root, [{ name: 'a/l', type: 'symlink', linkname: '../evil' }], [{ name: 'a/l' }, 'x']]],
    ['below a link that is the whole', [[{ name: 'a', type: 'symlink', linkname: '.' }], [{ name: 'a/evil' }, 'x']]],
    ['by another name of a file outside', [root, [{ name: 'a/l', type: 'link', linkname: '/etc/passwd' }]]],
    ['by another name of a file above', [root, [{ name: 'a/l', type: 'link', linkname: 'a/../secret' }]]],
    [
      'by another name of a link',
      [
        root,
        [{ name: 'a/l', type: 'symlink', linkname: '../secret' }],
        [{ name: 'a/m', type: 'link', linkname: 'a/l' }],
      ],
    ],
  ])('does not leave the destination %s', async (_how, entries) => {
    writeFileSync(join(folder, 'secret'), 'kept')
    await expect(unpack(tarOf(entries))).rejects.toBeInstanceOf(Error)
    expect(existsSync(join(folder, 'evil'))).toBe(false)
    expect(readFileSync(join(folder, 'secret'), 'utf8')).toBe('kept')
  })

  it('makes no program that runs as somebody else, and no device', async () => {
    const skipped: string[] = []
    const device: Entry = { name: 'a/null', type: 'character-device', devmajor: 1, devminor: 3 }
    await unpack(tarOf([root, [{ name: 'a/su', mode: 0o4755 }, 'x'], [device]]), skipped)
    expect(lstatSync(join(folder, 'out/su')).mode & 0o7777).toBe(0o755)
    expect(skipped).toEqual(['a/null'])
  })

  it('fails when it is cut in the middle', async () => {
    const whole = Buffer.concat(await Array.fromAsync(tarOf([root, [{ name: 'a/b' }, 'x'.repeat(5_000)]])))
    const cut = async function* (): AsyncGenerator<Uint8Array> {
      yield whole.subarray(0, 3_000)
    }
    await expect(unpack(cut())).rejects.toBeInstanceOf(Error)
  })
})

describe('what is whole moves to its place', () => {
  const write = (path: string, text: string): void => {
    mkdirSync(join(folder, path, '..'), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  const settle = (): Promise<void> => settleFiles(join(folder, 'new'), join(folder, 'old'))

  it('and a folder that is there keeps what it has besides', async () => {
    write('new/a', 'new')
    write('new/sub/b', 'new')
    write('old/a', 'old')
    write('old/sub/c', 'old')
    await settle()
    expect(readFileSync(join(folder, 'old/a'), 'utf8')).toBe('new')
    expect(readdirSync(join(folder, 'old/sub')).sort()).toEqual(['b', 'c'])
  })

  it('but never through a link, nor in the place of another kind', async () => {
    write('new/sub/b', 'new')
    mkdirSync(join(folder, 'elsewhere'))
    mkdirSync(join(folder, 'old'))
    symlinkSync(join(folder, 'elsewhere'), join(folder, 'old/sub'))
    await expect(settle()).rejects.toMatchObject({ code: 'conflict' })
    expect(readdirSync(join(folder, 'elsewhere'))).toEqual([])
  })
})
