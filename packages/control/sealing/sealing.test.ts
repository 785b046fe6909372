import { openStage } from '@atoll/deploy/stage'
import { addKey, openSeals } from '@atoll/store/sealed'
import { randomBytes } from 'node:crypto'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { toRecord } from '../certificates/acme-settings.ts'
import type { AcmeRecord } from '../certificates/records.ts'
import { openAcme, openKey, sealKey } from '../certificates/seals.ts'
import { enrol, takeCode } from '../auth/totp.ts'
import { openSecrets, sealSecrets, sealToken, listTokens } from '../operations/sealed-secrets.ts'
import { openTestControl } from '../test-control.ts'
import type { TestControl } from '../test-control.ts'
import { countSealed } from './count-sealed.ts'
import { resealAll } from './reseal-documents.ts'
import { sealedCollections } from './sealed-collections.ts'

const never = new AbortController().signal
const old = addKey([], randomBytes)
const both = addKey(old, randomBytes)
const [newest] = both
const withKeys = ({ control }: TestControl, keys: typeof both) => ({ ...control, seals: openSeals({ keys }) })

it('every file of this room that seals is named by a collection, so that nothing is forgotten', () => {
  const room = join(import.meta.dirname, '..')
  const files = globSync('**/*.ts', { cwd: room, exclude: ['**/*.test.ts', 'node_modules/**'] })
  const sealing = files.filter((file) => /seals\.seal\(/.test(readFileSync(join(room, file), 'utf8')))
  expect(sealing.toSorted()).toEqual([...new Set(sealedCollections.map(({ file }) => file))].toSorted())
})

describe('with a new key in front', () => {
  it('everything is sealed anew and still opens, and a second look writes nothing', async () => {
    const stage = openStage()
    await using test = await openTestControl(stage)
    const before = withKeys(test, old)
    await sealSecrets(before, { operation: 'shop.test.1', secrets: { password: Buffer.from('hunter2') } }, never)
    await sealToken(before, { operation: 'shop.test.1', token: 'lease' }, never)
    const { record } = enrol(before.seals, 'ann')
    const person = { grants: [], createdAtMs: 1, totp: record }
    await stage.documents.put('person', 'ann', { expected: 0, value: person }, never)
    await stage.documents.put('person', 'bob', { expected: 0, value: { grants: [], createdAtMs: 1 } }, never)

    const after = withKeys(test, both)
    await resealAll(after, never)
    const counted = await countSealed(after, newest?.id, never)
    expect(counted).toEqual({ byKey: { [newest?.id ?? '']: 3 }, others: [] })
    const alone = withKeys(test, both.slice(0, 1))
    expect(await openSecrets(alone, 'shop.test.1', never)).toEqual({ password: new Uint8Array(Buffer.from('hunter2')) })
    expect(await listTokens(alone, never)).toEqual(new Set(['lease']))
    const ann = await stage.documents.find<typeof person>('person', 'ann', never)
    const code = { code: '000000', nowMs: 0 }
    expect(() => takeCode(alone.seals, { name: 'ann', record: ann?.value.totp ?? record }, code)).not.toThrow()
    await resealAll(after, never)
    expect((await stage.documents.find('person', 'ann', never))?.revision).toBe(ann?.revision)
    expect((await stage.documents.find('person', 'bob', never))?.revision).toBe(1)
  })

  it('keys of certificates, of the account and of the DNS provider open all the same', async () => {
    const stage = openStage()
    await using test = await openTestControl(stage)
    const before = withKeys(test, old)
    const change = {
      directory: 'https://ca.example/dir',
      mail: 'ann@example.org',
      binding: { keyId: 'kid', secretHmacKey: 'hmac' },
      dns: { provider: 'hetzner', resolvers: [], isForAll: false, isUnchecked: false, variables: { KEY: 'value' } },
    }
    const acme = toRecord(before.seals, change, undefined)
    await stage.documents.put('acme', 'cluster', { expected: 0, value: acme }, never)
    const certificate = { sealedKey: sealKey(before.seals, 'x', 'a key') }
    await stage.documents.put('certificate', 'x', { expected: 0, value: certificate }, never)
    await resealAll(withKeys(test, both), never)
    const { seals } = withKeys(test, both.slice(0, 1))
    const found = await stage.documents.find<AcmeRecord>('acme', 'cluster', never)
    expect(openAcme(seals, found?.value ?? acme)).toEqual({
      ...openAcme(before.seals, acme),
      hmacKey: 'hmac',
      variables: { KEY: 'value' },
    })
    const kept = await stage.documents.find<typeof certificate>('certificate', 'x', never)
    expect(openKey(seals, 'x', kept?.value ?? certificate)).toBe('a key')
  })

  it('one that does not open is named and keeps no other back', async () => {
    const stage = openStage()
    await using test = await openTestControl(stage)
    const stranger = withKeys(test, addKey([], randomBytes))
    await sealSecrets(stranger, { operation: 'a.test.1', secrets: { lost: Buffer.from('x') } }, never)
    await sealSecrets(withKeys(test, old), { operation: 'b.test.1', secrets: { kept: Buffer.from('x') } }, never)
    await resealAll(withKeys(test, both), never)
    expect((await countSealed(test.control, newest?.id, never)).others).toEqual(['sealed/a.test.1'])
    expect(test.log).toContainEqual(expect.objectContaining({ event: 'not sealed anew', id: 'a.test.1' }))
  })
})
