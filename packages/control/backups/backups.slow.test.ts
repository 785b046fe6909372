import { BackupError, createKeyPair, findSetPlace, readBackup, readBackupSettings } from '@atoll/backup'
import type { Place } from '@atoll/backup'
import { openTestS3 } from '@atoll/backup/testing'
import { openStage } from '@atoll/deploy/stage'
import { describe, expect, it } from 'vitest'
import { makeBackups } from '../controllers/make-backups.ts'
import { forgetSecrets } from '../operations/kept-secrets.ts'
import { addPerson, caught, openTestControl, uploadOf } from '../test-control.ts'
import type { TestControl } from '../test-control.ts'
import { keepBackup } from './keep-backup.ts'

const live = new AbortController().signal
const owner = { role: 'owner' } as const
const placeOf = { url: 's3://bucket/p', endpoint: 'https://s3.example.org', region: 'r', accessKeyId: 'id' }

const openOwned = async () => {
  const stage = openStage()
  const test = await openTestControl(stage)
  const keys = { authoritySecret: 'a', sealsSecret: 's', isComplete: true }
  await stage.documents.put('platform', 'keys', { expected: 0, value: keys }, live)
  const client = test.client(await addPerson(test, { name: 'ann', grants: [owner] }))
  return { stage, test, client, pair: await createKeyPair(), [Symbol.asyncDispose]: () => test[Symbol.asyncDispose]() }
}

/** Files in memory; `spoil` changes what is read back. */
const openMemory = (spoil = false): Place & { readonly files: Map<string, Buffer> } => {
  const files = new Map<string, Buffer>()
  return {
    name: 'memory',
    files,
    write: async (file, chunks) => void files.set(file, Buffer.concat(await Array.fromAsync(chunks))),
    read: async function* (file) {
      const bytes = files.get(file) ?? Buffer.alloc(0)
      yield spoil ? bytes.subarray(1) : bytes
    },
    list: async () => [...files.keys()].toSorted(),
    remove: async (file) => void files.delete(file),
  }
}

const deployWithSecret = async ({ stage, client }: Awaited<ReturnType<typeof openOwned>>) => {
  const text = `name: shop
services: { web: { image: nginx, secrets: [word], deploy: { update_config: { monitor: 1s } } } }
secrets: { word: { file: ./word } }
`
  const body = { kind: 'deploy', project: uploadOf(text, { '/srv/shop/word': 'hunter2' }) } as const
  const params = { app: 'shop', environment: 'test' }
  const { operation } = await stage.settle(client.call('startDeployment', { params, body }, live))
  const follow = async () =>
    Array.fromAsync(client.follow('followOperation', { params: { ...params, operation } }, live))
  await stage.settle(follow())
}

const make = async ({ client }: Awaited<ReturnType<typeof openOwned>>, recipients: readonly string[]) => {
  const lines = await Array.fromAsync(
    client.lines('makeBackup', { body: { place: 'here', recipients: [...recipients] } }, live),
  )
  const bytes = Buffer.concat(
    lines.flatMap((line) => (line.kind === 'data' ? [Buffer.from(line.base64, 'base64')] : [])),
  )
  return { last: lines.at(-1), bytes }
}

describe('a backup by a control', () => {
  it('holds the keys, people and values of secrets, for its recipient alone, and is in list, status and audit', async () => {
    await using owned = await openOwned()
    await deployWithSecret(owned)
    const { pair, client, test } = owned
    const { last, bytes } = await make(owned, [pair.recipient])
    expect(last).toMatchObject({ kind: 'made', missing: [], bytes: bytes.length })
    const unlock = { kind: 'identity', identity: pair.identity } as const
    const { state } = await readBackup(ReadableStream.from([bytes]), { unlock, name: 'f' })
    expect(state.keys.map(({ engineName }) => engineName)).toEqual(['a', 's'])
    const collections = new Set(state.documents.map(({ collection }) => collection))
    for (const wanted of ['person', 'release', 'app-secret', 'audit-head']) expect([...collections]).toContain(wanted)
    const [record] = await client.call('listBackups', {}, live)
    expect(record).toMatchObject({ place: 'here', bytes: bytes.length })
    const proof = { sha256: record?.sha256 ?? '', place: 'there' }
    await client.call('proveBackup', { params: { backup: record?.id ?? '' }, body: proof }, live)
    const { backup } = await client.call('getStatus', { params: { app: 'shop', environment: 'test' } }, live)
    expect(backup).toMatchObject({ lastAtMs: record?.madeAtMs, provenAtMs: record?.madeAtMs, warnings: [] })
    const { items } = await client.call('listAudit', { query: {} }, live)
    expect(items.map(({ action }) => action)).toEqual(expect.arrayContaining(['makeBackup', 'proveBackup']))
    expect(JSON.stringify([items, test.log])).not.toMatch(/hunter2|AGE-SECRET/)
  })

  it('is refused for a key of a token’s choice, for what is no key, and where nobody said for whom', async () => {
    await using owned = await openOwned()
    const { client, test, pair } = owned
    const body = { name: 'cron', role: 'owner', expiresInS: 3_600 } as const
    const { secret: token } = await client.call('createToken', { body }, live)
    const order = (recipients?: string[]) => ({
      body: { place: 'here', ...(recipients === undefined ? {} : { recipients }) },
    })
    const ask = (of: typeof client, recipients?: string[]) =>
      caught(Array.fromAsync(of.lines('makeBackup', order(recipients), live)))
    expect(await ask(test.client(token), [pair.recipient])).toMatchObject({ code: 'needs-session' })
    expect(await ask(client, ['age1nobody'])).toMatchObject({ code: 'bad-key' })
    expect(await ask(test.client(token))).toMatchObject({ code: 'no-recipient' })
    await client.call('changeBackupSettings', { body: { recipients: [pair.recipient] } }, live)
    expect(await ask(test.client(token))).toBeUndefined()
    expect(
      await caught(
        client.call(
          'proveBackup',
          { params: { backup: '20200101T000000Z-0000' }, body: { sha256: '0'.repeat(64), place: '' } },
          live,
        ),
      ),
    ).toMatchObject({ code: 'not-found' })
  })
})

describe('backups by schedule', () => {
  it('need a place and a recipient, and nobody is told the secret of the place', async () => {
    await using owned = await openOwned()
    const { client, pair, stage } = owned
    const change = (body: object) => client.call('changeBackupSettings', { body }, live)
    expect(await caught(change({ everyMs: 3_600_000 }))).toMatchObject({ code: 'no-place' })
    expect(
      await caught(change({ place: { ...placeOf, url: 'ftp://bucket', secretAccessKey: 'hunter2' } })),
    ).toMatchObject({
      code: 'place',
    })
    await change({ recipients: [pair.recipient], place: { ...placeOf, secretAccessKey: 'hunter2' } })
    const settings = await change({ everyMs: 3_600_000, keep: 3 })
    expect(settings).toEqual({ everyMs: 3_600_000, keep: 3, recipients: [pair.recipient], place: placeOf })
    const kept = await stage.documents.history('backup-settings', 'cluster', live)
    expect(JSON.stringify(kept)).not.toContain('hunter2')
    expect(await change({ everyMs: null })).toEqual({ keep: 3, recipients: [pair.recipient], place: placeOf })
    const own = { ...placeOf, endpoint: 'http://10.0.0.5:9000' }
    expect(await change({ place: { ...own, secretAccessKey: 'hunter2' } })).toMatchObject({ place: own })
    const strange = { ...placeOf, endpoint: 'file:///etc/passwd', secretAccessKey: 'hunter2' }
    expect(await caught(change({ place: strange }))).toMatchObject({ status: 400 })
  })

  it('go to a bucket as the settings say, signed, and are told of when its key is wrong', async () => {
    await using owned = await openOwned()
    await using server = await openTestS3()
    const { client, pair, test } = owned
    const { endpoint, region, accessKeyId, secretAccessKey } = server
    const place = { url: 's3://backups/cluster', endpoint, region, accessKeyId }
    const keep = async (secret: string) => {
      const body = { recipients: [pair.recipient], place: { ...place, secretAccessKey: secret } }
      await client.call('changeBackupSettings', { body }, live)
      const settings = await readBackupSettings(test.control, live)
      const found = findSetPlace(test.control.seals, settings)
      if (found === undefined) throw new Error('no place is set')
      return keepBackup(test.control, { place: found, recipients: [pair.recipient], keep: 2 }, live)
    }
    const { id } = await keep(secretAccessKey)
    const [record] = await client.call('listBackups', {}, live)
    expect(record).toMatchObject({ id, place: place.url, provenAtMs: expect.any(Number) })
    const wrong = await caught(keep('another'))
    expect(wrong).toMatchObject({ code: 'place', message: expect.stringContaining('SignatureDoesNotMatch') })
    expect(
      (await client.call('listBackups', {}, live)).filter(({ provenAtMs }) => provenAtMs !== undefined),
    ).toHaveLength(1)
  })

  it('are kept, read back, and only as many as are wanted; those of other clusters stay', async () => {
    await using owned = await openOwned()
    const { test, pair, stage } = owned
    const place = openMemory()
    place.files.set('atoll-20200101T000000Z-0000.age', Buffer.from('of another'))
    const keep = (control: TestControl['control']) =>
      keepBackup(control, { place, recipients: [pair.recipient], keep: 2 }, live)
    for (let day = 0; day < 3; day += 1) {
      await keep(test.control)
      await stage.pass(1_000)
    }
    expect([...place.files.keys()].filter((file) => file.includes('20200101'))).toHaveLength(1)
    expect(place.files.size).toBe(3)
  })

  it('are made when it is time, and told of in the status when they fail', async () => {
    await using owned = await openOwned()
    const { test, pair, client, stage } = owned
    await deployWithSecret(owned)
    await client.call(
      'changeBackupSettings',
      { body: { recipients: [pair.recipient], place: { ...placeOf, secretAccessKey: 'x' } } },
      live,
    )
    await client.call('changeBackupSettings', { body: { everyMs: 600_000 } }, live)
    const memory = openMemory()
    let isFull = false
    const place: Place = {
      ...memory,
      write: (...given) =>
        isFull ? Promise.reject(new BackupError('place', 'the bucket is full')) : memory.write(...given),
    }
    const stop = new AbortController()
    const running = makeBackups(test.control, stop.signal, () => place)
    const params = { app: 'shop', environment: 'test' }
    const isTold = async () => {
      const { backup } = await client.call('getStatus', { params }, live)
      return backup?.warnings.some((warning) => warning.includes('the bucket is full')) === true
    }
    /** Encryption takes time that is not the stage's. */
    const until = async (isSo: () => Promise<boolean>): Promise<void> => {
      for (let looks = 0; looks < 1_000; looks += 1) {
        if (await isSo()) return
        await stage.pass(10_000)
      }
      throw new Error('it did not come about')
    }
    await until(async () => memory.files.size > 0)
    isFull = true
    await until(isTold)
    const { size } = memory.files
    isFull = false
    await until(async () => !(await isTold()))
    expect(memory.files.size).toBeGreaterThan(size)
    stop.abort()
    await stage.settle(running)
  })

  it('are no proof when what is read back is something else', async () => {
    await using owned = await openOwned()
    const { test, pair, client } = owned
    const kept = keepBackup(test.control, { place: openMemory(true), recipients: [pair.recipient], keep: 2 }, live)
    expect(await caught(kept)).toMatchObject({ code: 'not-proven' })
    expect((await client.call('listBackups', {}, live))[0]).not.toHaveProperty('provenAtMs')
  })
})

it('values of secrets are forgotten a day after the engine has the secret no more, and not before', async () => {
  await using owned = await openOwned()
  const { stage, test } = owned
  await deployWithSecret(owned)
  const later = { ...test.control, clock: { ...stage.clock, now: () => stage.clock.now() + 2 * 86_400_000 } }
  expect(await forgetSecrets(later, live)).toBe(0)
  stage.engine.world.secrets.clear()
  expect(await forgetSecrets(test.control, live)).toBe(0)
  expect(await forgetSecrets(later, live)).toBe(1)
  expect(await stage.documents.list('app-secret', {}, live)).toEqual([])
})
