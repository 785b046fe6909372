import { expect, test } from 'vitest'
import { openStage } from '../stage.ts'
import { findBackupState, judgeBackups } from './backup-state.ts'

const hourMs = 3_600_000
const { signal } = new AbortController()

test('a cluster with a platform and no proven backup is told of, one without a platform is not', async () => {
  const stage = openStage()
  expect(await findBackupState(stage, signal)).toBeUndefined()
  await stage.documents.put('backup-watch', 'newest', { expected: 0, value: {} }, signal)
  expect((await findBackupState(stage, signal))?.warnings).toEqual([expect.stringContaining('no backup')])
  await stage.documents.put('backup-watch', 'newest', { expected: 1, value: { madeAtMs: 5 } }, signal)
  expect(await findBackupState(stage, signal)).toMatchObject({
    lastAtMs: 5,
    warnings: [expect.stringContaining('no backup')],
  })
})

test('a proven one is old after two turns of the schedule, or a week without one', () => {
  const of = (hours: number, everyMs?: number) =>
    judgeBackups({ provenMadeAtMs: 0, ...(everyMs === undefined ? {} : { everyMs }) }, hours * hourMs).warnings
  expect(of(48, 24 * hourMs)).toEqual([])
  expect(of(50, 24 * hourMs)).toEqual([expect.stringContaining('50 hours old')])
  expect(of(167)).toEqual([])
  expect(of(169)).toEqual([expect.stringContaining('169 hours old')])
  expect(judgeBackups({ provenMadeAtMs: 0, trouble: 'no bucket' }, 0).warnings[0]).toContain('no bucket')
})
