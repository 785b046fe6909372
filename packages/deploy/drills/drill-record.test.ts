import { expect, it } from 'vitest'
import { openStage } from '../stage.ts'
import { closeDrillRecord, findLastDrill, getDrill, listDrills, openDrillRecord } from './drill-record.ts'

const live = new AbortController().signal
const begun = (beganAtMs: number, node = 'a') => ({
  node,
  kind: 'engine' as const,
  by: 'ann@laptop',
  beganAtMs,
  lastsMs: 90_000,
  foreseen: [],
  traffic: [],
  unseen: [],
})

it('are kept by number, newest first, and compared with the last of that kind on that node', async () => {
  const { documents } = openStage()
  for (const [at, node] of ['a', 'b', 'a'].entries()) {
    const drill = await openDrillRecord(documents, begun(at, node), live)
    await closeDrillRecord(documents, { ...drill, silentMs: 0, endedAtMs: at }, live)
  }
  const drills = await listDrills(documents, live)
  expect(drills.map(({ number, node }) => [number, node])).toEqual([
    [3, 'a'],
    [2, 'b'],
    [1, 'a'],
  ])
  const third = getDrill(drills, 3)
  expect(findLastDrill(drills, third)?.number).toBe(1)
  expect(findLastDrill(drills, { ...third, kind: 'power' })).toBeUndefined()
  expect(() => getDrill(drills, 4)).toThrow('there is none')
})

it('begin one at a time; one that was left counts for ten minutes on top of its time', async () => {
  const { documents } = openStage()
  await openDrillRecord(documents, begun(0), live)
  await expect(openDrillRecord(documents, begun(689_999), live)).rejects.toMatchObject({ code: 'refused' })
  expect(await openDrillRecord(documents, begun(690_000), live)).toMatchObject({ number: 2 })
})

it('are a hundred at most', async () => {
  const { documents } = openStage()
  for (let at = 0; at < 102; at += 1) {
    const drill = await openDrillRecord(documents, begun(at), live)
    await closeDrillRecord(documents, { ...drill, endedAtMs: at }, live)
  }
  const numbers = (await listDrills(documents, live)).map(({ number }) => number)
  expect([numbers.length, numbers[0], numbers.at(-1)]).toEqual([100, 102, 3])
})
