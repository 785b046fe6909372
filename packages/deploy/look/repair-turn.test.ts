import { describe, expect, it } from 'vitest'
import { createRecord } from '../attempt/abandoned.ts'
import type { DeploymentRecord } from '../records.ts'
import { findRepairTurn } from './repair-turn.ts'

const ref = { app: 'shop', environment: 'test' }
const hourMs = 3_600_000
const nowMs = 100 * hourMs

const deploymentAt = (number: number, startedAtMs: number, isAutomatic?: boolean): DeploymentRecord => {
  const record = createRecord(ref, { lastRelease: 1, lastDeployment: number }, { release: 1, author: 'x', startedAtMs })
  const receipt = { ...record.receipt, endedAtMs: startedAtMs + 1_000 }
  if (isAutomatic === undefined) return { ...record, receipt }
  return { ...record, receipt, task: { kind: 'repair', services: ['web'], isWhole: true, isAutomatic, found: [] } }
}

const repairs = (count: number, endMs = nowMs - hourMs): readonly DeploymentRecord[] =>
  Array.from({ length: count }, (_, index) => deploymentAt(index + 2, endMs - (count - index) * 60_000, true))

describe('the turn of a repair by itself', () => {
  it('is at once when there was none', () => {
    expect(findRepairTurn([deploymentAt(1, nowMs - 5_000)], nowMs)).toEqual({ kind: 'from', atMs: 0 })
  })

  it.each([
    [1, 60_000],
    [2, 120_000],
    [4, 480_000],
  ])('comes after %i repairs when %i ms have passed', (count, pauseMs) => {
    const endedMs = repairs(count).at(-1)?.receipt.endedAtMs ?? 0
    expect(findRepairTurn(repairs(count), nowMs)).toEqual({ kind: 'from', atMs: endedMs + pauseMs })
  })

  it('does not come any more after five, in whatever order they are listed', () => {
    expect(findRepairTurn(repairs(5).toReversed(), nowMs)).toEqual({ kind: 'given-up', repairs: 5 })
  })

  it('comes again when a person deployed or repaired, or after a day', () => {
    expect(findRepairTurn([...repairs(5), deploymentAt(9, nowMs)], nowMs).kind).toBe('from')
    expect(findRepairTurn([...repairs(5), deploymentAt(9, nowMs, false)], nowMs)).toEqual({ kind: 'from', atMs: 0 })
    expect(findRepairTurn(repairs(5, nowMs - 25 * hourMs), nowMs)).toEqual({ kind: 'from', atMs: 0 })
  })
})
