import { Readable } from 'node:stream'
import { pack } from 'tar-stream'
import type { Header } from 'tar-stream'
import { describe, expect, it } from 'vitest'
import { digestTar } from './tar-digest.ts'

type File = Partial<Header> & { readonly name: string; readonly text?: string }

const tarOf = (files: readonly File[]): Readable => {
  const tar = pack()
  for (const { text, ...header } of files) tar.entry({ mtime: new Date(5_000), ...header }, text ?? '')
  tar.finalize()
  return Readable.from(tar, { objectMode: false })
}

const files: readonly File[] = [
  { name: './', type: 'directory', mode: 0o755 },
  { name: './a', text: 'one', mode: 0o644, uid: 33 },
  { name: './b', text: 'two', mode: 0o644, pax: { 'SCHILY.xattr.user.x': '1' } },
  { name: './l', type: 'symlink', linkname: 'a' },
]
const hashOf = async (list: readonly File[]): Promise<string> => (await digestTar(tarOf(list))).hash
const withB = (change: Partial<File>): readonly File[] =>
  files.map((file) => (file.name === './b' ? { ...file, ...change } : file))

describe('the digest of a tar', () => {
  it('counts what is in it', async () => {
    expect(await digestTar(tarOf(files))).toMatchObject({ entries: 4, bytes: 6 })
    expect(await digestTar(tarOf([]))).toEqual({ entries: 0, bytes: 0, hash: '0'.repeat(64) })
  })

  it('does not depend on the order, nor on when the volume itself was made', async () => {
    expect(await hashOf([...files].reverse())).toBe(await hashOf(files))
    const [root, ...rest] = files
    expect(await hashOf([{ ...root, name: './', mtime: new Date(9_000) }, ...rest])).toBe(await hashOf(files))
  })

  it.each<Partial<File>>([
    { text: 'tww' },
    { name: './c' },
    { mode: 0o600 },
    { uid: 1 },
    { gid: 1 },
    { mtime: new Date(6_000) },
    { pax: { 'SCHILY.xattr.user.x': '2' } },
  ])('changes with %o', async (change) => {
    expect(await hashOf(withB(change))).not.toBe(await hashOf(files))
  })

  it('tells contents that changed places', async () => {
    const swapped = files.map((file) => ({ ...file, ...(file.text && { text: file.text === 'one' ? 'two' : 'one' }) }))
    expect(await hashOf(swapped)).not.toBe(await hashOf(files))
  })

  it('fails on a tar that is cut short', async () => {
    const whole = Buffer.concat(await Array.fromAsync(tarOf([{ name: './a', text: 'x'.repeat(2_000) }])))
    await expect(digestTar(Readable.from([whole.subarray(0, 1_000)]))).rejects.toThrow('Unexpected end of data')
  })
})
