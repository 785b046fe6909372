import { randomBytes } from 'node:crypto'
import { openFakeEngine } from '@atoll/engine/fake'
import type { Archive, Document } from '@atoll/store'
import { createMemoryDocuments } from '@atoll/store/memory'
import { addKey, openSeals, renderKeyring } from '@atoll/store/sealed'
import { beforeAll, describe, expect, it } from 'vitest'
import { listMissingSecrets, placeOfSecret } from './app-secrets.ts'
import { collectState } from './collect-state.ts'
import { createKeyPair } from './encryption.ts'
import type { KeyPair, Lock } from './encryption.ts'
import { renderLine } from './lines.ts'
import { proveBackup } from './prove-backup.ts'
import { readBackup } from './read-backup.ts'
import { lookAtTarget, markRestore, restoreState } from './restore-state.ts'
import { createId } from './state.ts'
import type { State } from './state.ts'
import { writeBackup } from './write-backup.ts'

const { signal } = new AbortController()
const quiet = { signal, onStep: () => undefined }
const keyring = addKey([], randomBytes)
const seals = openSeals({ keys: keyring })
const values = { authority: '{"key":"the authority"}', seals: renderKeyring(keyring), agents: '{"secret":"of agents"}' }
const record = {
  authoritySecret: 'atoll_keys_authority-a',
  sealsSecret: 'atoll_keys_seals-a',
  agentsSecret: 'atoll_keys_agents-a',
  certificatePem: '',
  isComplete: true,
}
const secretFile = { name: 'password', engineName: 'shop_production_password_1', isExternal: false, labels: { a: 'b' } }

const openWorld = () => {
  const engine = openFakeEngine({ nodes: 2 })
  const documents = createMemoryDocuments({ clock: engine.clock })
  return { engine, documents, archive: documents.archive }
}

/** A cluster with people, an app of two releases and a secret. */
const openFilled = async () => {
  const world = openWorld()
  const put = async (collection: string, id: string, ...written: readonly unknown[]) => {
    for (const [expected, value] of written.entries())
      await world.documents.put(collection, id, { expected, value }, signal)
  }
  const release = (number: number) => ({ number, app: { name: 'shop', secrets: [secretFile] } })
  await put('platform', 'keys', { ...record, isComplete: false }, record)
  await put('person', 'ann', { password: 'a hash' })
  await put('session', 's1', { person: 'ann' })
  await put('release', 'shop.production.1', release(1))
  await put('release', 'shop.production.2', release(2))
  await put('environment', 'shop.production', { current: 1 }, { current: 2 })
  await put('note', 'long', ...Array.from({ length: 14 }, (_, number) => ({ number, text: 'ä\n"'.repeat(number) })))
  const sealed = seals.seal(Buffer.from('hunter2'), placeOfSecret(secretFile.engineName))
  const ref = { app: 'shop', environment: 'production' }
  await put('app-secret', secretFile.engineName, { ref, file: secretFile, sealed })
  return world
}

const about = { id: createId(Date.UTC(2026, 10, 22), randomBytes), madeAtMs: 1, version: '0.1.0', by: 'ann' }
const collect = (world: Awaited<ReturnType<typeof openFilled>>): Promise<State> =>
  collectState({ ...world, readKeys: async () => values }, about, signal)

const gather = async (chunks: AsyncIterable<Uint8Array>): Promise<Buffer> =>
  Buffer.concat(await Array.fromAsync(chunks))
const write = async (state: State, lock: Lock): Promise<Buffer> => gather((await writeBackup(state, lock)).chunks)
const stream = (bytes: Uint8Array): AsyncIterable<Uint8Array> => ReadableStream.from([bytes])
const caught = (work: Promise<unknown>): Promise<{ code?: string; message?: string }> =>
  work.then(
    () => ({}),
    (error: { code?: string; message?: string }) => error,
  )
const withoutSessions = async (archive: Archive): Promise<readonly Document[]> =>
  (await archive.readAll(signal)).filter(({ collection }) => collection !== 'session')

let pair: KeyPair
let lock: Lock
beforeAll(async () => {
  pair = await createKeyPair()
  lock = { kind: 'recipients', recipients: [pair.recipient] }
})
const open = (bytes: Uint8Array, identity = pair.identity) =>
  readBackup(stream(bytes), { unlock: { kind: 'identity', identity }, name: 'f' })

describe('a backup', () => {
  it('makes the same cluster anew, with history, numbers, times and secrets', async () => {
    const world = await openFilled()
    const bytes = await write(await collect(world), lock)
    const { state, manifest } = await open(bytes)
    expect(manifest.sections.find(({ name }) => name === 'note')).toMatchObject({ entries: 10 })
    const other = openWorld()
    await restoreState(other, state, quiet)
    expect(await other.archive.readAll(signal)).toEqual(await withoutSessions(world.archive))
    const { secrets } = other.engine.world
    expect(Buffer.from(secrets.get(secretFile.engineName)?.value ?? []).toString()).toBe('hunter2')
    expect(Buffer.from(secrets.get(record.sealsSecret)?.value ?? []).toString()).toBe(values.seals)
    const next = await other.documents.put('note', 'long', { expected: 14, value: 'goes on' }, signal)
    expect(next.revision).toBe(15)
    expect(await lookAtTarget(other, signal)).toMatchObject({
      kind: 'used',
      people: 1,
      environments: ['shop.production'],
    })
  })

  it('holds nothing that can be read without its key', async () => {
    const bytes = await write(await collect(await openFilled()), lock)
    for (const plain of ['hunter2', 'the authority', 'shop', 'atoll-backup']) expect(bytes.includes(plain)).toBe(false)
  })

  it('is proven by a restore into memory', async () => {
    const state = await collect(await openFilled())
    const { manifest, chunks } = await writeBackup(state, lock)
    const bytes = await gather(chunks)
    const unlock = { kind: 'identity', identity: pair.identity } as const
    await proveBackup(stream(bytes), { unlock, name: 'f', made: manifest, signal })
    const made = { ...manifest, id: about.id.replace(/.$/, 'x') }
    const wrong = proveBackup(stream(bytes), { unlock, name: 'f', made, signal })
    expect(await caught(wrong)).toMatchObject({ code: 'not-proven' })
  })

  it('is not made while keys are exchanged', async () => {
    const world = await openFilled()
    await world.documents.put('platform', 'keys', { expected: 2, value: { ...record, rotation: {} } }, signal)
    expect(await caught(collect(world))).toMatchObject({ code: 'keys', retry: true })
  })

  it('tells of secrets whose values are nowhere', async () => {
    const world = await openFilled()
    expect(listMissingSecrets(await world.archive.readAll(signal))).toEqual([])
    await world.documents.remove('app-secret', secretFile.engineName, signal)
    expect(listMissingSecrets(await world.archive.readAll(signal))).toEqual([secretFile.engineName])
  })
})

describe('a file that is not as it was written', () => {
  it('is refused, whatever byte is another and wherever it ends', async () => {
    const bytes = await write(await collect(await openFilled()), lock)
    for (let at = 0; at < bytes.length; at += 97) {
      const changed = Buffer.from(bytes)
      changed[at] = (changed[at] ?? 0) ^ 1
      expect(await caught(open(changed)), `byte ${at}`).toMatchObject({ name: 'BackupError' })
      expect(await caught(open(bytes.subarray(0, at))), `cut at ${at}`).toMatchObject({ name: 'BackupError' })
    }
    const last = Buffer.from(bytes)
    last[bytes.length - 1] = (last[bytes.length - 1] ?? 0) ^ 1
    expect(await caught(open(last))).toMatchObject({ code: 'damaged' })
  })

  it('is told apart: another key, no backup, a newer format, a document that is missing', async () => {
    const state = await collect(await openFilled())
    const stranger = await createKeyPair()
    expect(await caught(open(await write(state, lock), stranger.identity))).toMatchObject({ code: 'wrong-key' })
    expect(await caught(open(randomBytes(500)))).toMatchObject({ code: 'not-a-backup' })
    const { sealLines } = await import('./write-backup.ts')
    const seal = async (...lines: readonly unknown[]) => gather(await sealLines(lines.map(renderLine), lock))
    expect(await caught(open(await seal({ kind: 'something' })))).toMatchObject({ code: 'not-a-backup' })
    const newer = await caught(open(await seal({ kind: 'atoll-backup', format: 9 }, { kind: 'of the future' })))
    expect(newer).toMatchObject({ code: 'newer-format', message: expect.stringContaining('format 9') })
    const { manifest } = await writeBackup(state, lock)
    expect(await caught(open(await seal(manifest)))).toMatchObject({ code: 'damaged' })
  })
})

describe('a restore', () => {
  it('goes on where it stopped', async () => {
    const world = await openFilled()
    const { state } = await open(await write(await collect(world), lock))
    const other = openWorld()
    await markRestore(other, { backup: state.about.id, phase: 'write' }, signal)
    let left = 7
    const failing: Archive = {
      ...other.archive,
      write: async (document, until) => {
        if ((left -= 1) < 0) throw new Error('the power is gone')
        await other.archive.write(document, until)
      },
    }
    expect(await caught(restoreState({ ...other, archive: failing }, state, quiet))).toMatchObject({
      message: 'the power is gone',
    })
    expect(await lookAtTarget(other, signal)).toEqual({ kind: 'begun', backup: state.about.id, phase: 'write' })
    expect(await other.documents.find('platform', 'keys', signal)).toBeUndefined()
    await restoreState(other, state, quiet)
    expect(await other.archive.readAll(signal)).toEqual(await withoutSessions(world.archive))
  })
})
