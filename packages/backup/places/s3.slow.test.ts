import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { judgeSignature } from './judge-signature.ts'
import { openS3, parseS3 } from './s3.ts'
import type { S3Settings } from './s3.ts'
import { openTestS3 } from './test-s3.ts'
import type { TestS3 } from './test-s3.ts'

const { signal } = new AbortController()
let server: TestS3
beforeAll(async () => {
  server = await openTestS3()
})
afterAll(() => server[Symbol.asyncDispose]())

const open = (url: string, over: Partial<S3Settings> = {}) => {
  const { endpoint, region, accessKeyId, secretAccessKey } = server
  return openS3({ ...parseS3(url), endpoint, region, accessKeyId, secretAccessKey, ...over })
}
const file = (day: number): string => `atoll-202611${day}T040000Z-00ff.age`
const gather = async (chunks: AsyncIterable<Uint8Array>): Promise<Buffer> =>
  Buffer.concat(await Array.fromAsync(chunks))

it('writes, reads, lists and removes files below its prefix, each request signed', async () => {
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

it('signs what stands in a prefix as it is sent', async () => {
  const place = open('s3://backups/a_b-c.d/e')
  await place.write(file(14), ReadableStream.from([Buffer.from('a')]), signal)
  expect(await place.list(signal)).toEqual([file(14)])
})

it('writes over nothing', async () => {
  const place = open('s3://backups/once')
  await place.write(file(12), ReadableStream.from([Buffer.from('a')]), signal)
  const again = place.write(file(12), ReadableStream.from([Buffer.from('b')]), signal)
  await expect(again).rejects.toMatchObject({ code: 'place', message: expect.stringContaining('one of this name') })
  expect((await gather(place.read(file(12), signal))).toString()).toBe('a')
})

it('says which key is wrong, whatever was asked, and leaves nothing', async () => {
  const wrong = [
    [{ secretAccessKey: 'another' }, 'SignatureDoesNotMatch', 'the secret is not that of the access key'],
    [{ accessKeyId: 'another' }, 'InvalidAccessKeyId', 'no access key of that id'],
    [{ region: 'us-east-1' }, 'AuthorizationHeaderMalformed', 'its region is another'],
  ] as const
  for (const [over, code, hint] of wrong) {
    const place = open('s3://backups/refused', over)
    const refusal = { code: 'place', message: expect.stringContaining(code), hint: expect.stringContaining(hint) }
    await expect(place.list(signal)).rejects.toMatchObject(refusal)
    await expect(gather(place.read(file(12), signal))).rejects.toMatchObject(refusal)
    await expect(place.remove(file(12), signal)).rejects.toMatchObject(refusal)
    const write = place.write(file(12), ReadableStream.from([Buffer.from('a')]), signal)
    await expect(write).rejects.toMatchObject(refusal)
  }
  expect(await open('s3://backups/refused').list(signal)).toEqual([])
})

it('says what else is wrong: a bucket that is not there, nobody who answers, a file that is gone', async () => {
  await expect(open('s3://nobody').list(signal)).rejects.toMatchObject({
    message: expect.stringContaining('no such bucket'),
  })
  await expect(open('s3://backups', { endpoint: 'http://127.0.0.1:9' }).list(signal)).rejects.toMatchObject({
    code: 'place',
    message: expect.stringContaining('s3://backups'),
  })
  await expect(gather(open('s3://backups').read(file(19), signal))).rejects.toMatchObject({
    message: expect.stringContaining('not there'),
  })
  expect(() => parseS3('s3:/backups')).toThrow('no place of S3')
})

/** The example "GET Bucket (List Objects)" of Amazon's documentation of these signatures. */
it('is judged as Amazon says', () => {
  const keys = {
    accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
    secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
    region: 'us-east-1',
  }
  const names = 'host;x-amz-content-sha256;x-amz-date'
  const signature = '34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7'
  const scope = `${keys.accessKeyId}/20130524/us-east-1/s3/aws4_request`
  const headers = {
    host: 'examplebucket.s3.amazonaws.com',
    'x-amz-content-sha256': 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    'x-amz-date': '20130524T000000Z',
    authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=${names}, Signature=${signature}`,
  }
  const nowMs = Date.UTC(2013, 4, 24)
  const judge = (path: string) => judgeSignature({ method: 'GET', path, headers, body: Buffer.alloc(0) }, keys, nowMs)
  expect(judge('/?max-keys=2&prefix=J')).toBeUndefined()
  expect(judge('/?max-keys=2&prefix=K')).toBe('SignatureDoesNotMatch')
})
