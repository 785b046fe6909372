import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openS3, parseS3 } from './s3.ts'

const { signal } = new AbortController()
const folder = mkdtempSync(join(tmpdir(), 'atoll-s3-'))
let server: ChildProcess
let endpoint = ''

/** A program of its own. It knows who asks, and leaves the signature unread. */
beforeAll(async () => {
  const port = await findPort()
  const program = createRequire(import.meta.url).resolve('s3rver/bin/s3rver.js')
  const args = ['-d', folder, '-a', '127.0.0.1', '-p', String(port), '--configure-bucket', 'backups']
  server = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'ignore'] })
  if (server.stdout !== null) await once(server.stdout, 'data')
  endpoint = `http://127.0.0.1:${port}`
})
afterAll(async () => {
  server.kill()
  await once(server, 'close')
  rmSync(folder, { recursive: true })
})

const findPort = async (): Promise<number> => {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as AddressInfo
  probe.close()
  return port
}

const open = (url: string, accessKeyId = 'S3RVER') =>
  openS3({ ...parseS3(url), endpoint, region: 'us-east-1', accessKeyId, secretAccessKey: 'S3RVER' })
const file = (day: number): string => `atoll-202611${day}T040000Z-00ff.age`
const gather = async (chunks: AsyncIterable<Uint8Array>): Promise<Buffer> =>
  Buffer.concat(await Array.fromAsync(chunks))

it('writes, reads, lists and removes files below its prefix', async () => {
  const place = open('s3://backups/of/shop/')
  expect(place.name).toBe('s3://backups/of/shop')
  expect(await place.list(signal)).toEqual([])
  const bytes = randomBytes(3_000_000)
  await place.write(file(12), ReadableStream.from([bytes.subarray(0, 9), bytes.subarray(9)]), signal)
  await place.write(file(11), ReadableStream.from([bytes]), signal)
  await open('s3://backups').write(file(13), ReadableStream.from([bytes]), signal)
  expect((await gather(place.read(file(12), signal))).equals(bytes)).toBe(true)
  expect(await place.list(signal)).toEqual([file(11), file(12)])
  await place.remove(file(11), signal)
  await place.remove(file(11), signal)
  expect(await place.list(signal)).toEqual([file(12)])
})

it('writes over nothing', async () => {
  const place = open('s3://backups/once')
  await place.write(file(12), ReadableStream.from([Buffer.from('a')]), signal)
  const again = place.write(file(12), ReadableStream.from([Buffer.from('b')]), signal)
  await expect(again).rejects.toMatchObject({ code: 'place', message: expect.stringContaining('one of this name') })
  expect((await gather(place.read(file(12), signal))).toString()).toBe('a')
})

it('says what is wrong: a bucket that is not there, wrong keys, nobody who answers, a file that is gone', async () => {
  await expect(open('s3://nobody').list(signal)).rejects.toMatchObject({
    message: expect.stringContaining('no such bucket'),
  })
  await expect(open('s3://backups', 'wrong').list(signal)).rejects.toMatchObject({
    hint: expect.stringContaining('its keys are wrong'),
  })
  const silent = openS3({
    ...parseS3('s3://backups'),
    endpoint: 'http://127.0.0.1:9',
    region: 'x',
    accessKeyId: 'a',
    secretAccessKey: 'b',
  })
  await expect(silent.list(signal)).rejects.toMatchObject({
    code: 'place',
    message: expect.stringContaining('s3://backups'),
  })
  await expect(gather(open('s3://backups').read(file(19), signal))).rejects.toMatchObject({
    message: expect.stringContaining('not there'),
  })
  expect(() => parseS3('s3:/backups')).toThrow('no place of S3')
})
