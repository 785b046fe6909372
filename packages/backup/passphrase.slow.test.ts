import { expect, it } from 'vitest'
import { readBackup } from './read-backup.ts'
import { writeBackup } from './write-backup.ts'

it('a backup opens with its passphrase, and with no other', async () => {
  const about = { id: '20261122T044500Z-1f3a', madeAtMs: 1, version: '0.1.0', by: 'ann', nodes: [] }
  const state = { about, documents: [], keys: [{ engineName: 'a', value: 'b' }] }
  const { chunks } = await writeBackup(state, { kind: 'passphrase', passphrase: 'four words of mine' })
  const bytes = Buffer.concat(await Array.fromAsync(chunks))
  const read = (passphrase: string) =>
    readBackup(ReadableStream.from([bytes]), { unlock: { kind: 'passphrase', passphrase }, name: 'f' })
  expect((await read('four words of mine')).state).toEqual(state)
  await expect(read('three words of mine')).rejects.toMatchObject({ code: 'wrong-key' })
})
