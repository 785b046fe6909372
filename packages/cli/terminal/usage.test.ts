import { stripVTControlCharacters } from 'node:util'
import type { TaskSample, TaskUsage } from '@atoll/engine'
import { describe, expect, test } from 'vitest'
import { createPalette } from './palette.ts'
import { compareUsage, renderLoads } from './usage.ts'

const sample = (change: Partial<TaskSample> = {}): TaskSample => ({
  taskId: 't1',
  atMs: 10_000,
  cpuNs: 4e9,
  memoryBytes: 50_000_000,
  memoryLimitBytes: 256_000_000,
  networkInBytes: 1_000,
  networkOutBytes: 0,
  readBytes: 0,
  writtenBytes: 500,
  processes: 3,
  ...change,
})

const usage = (change: Partial<TaskUsage> = {}): TaskUsage => ({
  service: 'web',
  taskId: 't1',
  slot: 2,
  nodeId: 'n1',
  node: 'node-1',
  restarts: 0,
  sample: sample(),
  ...change,
})

describe('two looks at a task', () => {
  test('give what it uses in a second, by the clock of its node', () => {
    const later = usage({ sample: sample({ atMs: 12_000, cpuNs: 9e9, networkInBytes: 5_000, writtenBytes: 400 }) })
    expect(compareUsage([usage()], [later])[0]?.perSecond).toEqual({
      cpuPercent: 250,
      networkInBytes: 2_000,
      networkOutBytes: 0,
      readBytes: 0,
      // A counter that went back is another container's.
      writtenBytes: 0,
    })
  })

  test('give none for a task that is new, was not seen, or whose clock stands still', () => {
    const { sample: _sample, ...unseen } = usage()
    expect(compareUsage([], [usage()])[0]).not.toHaveProperty('perSecond')
    expect(compareUsage([usage()], [usage()])[0]).not.toHaveProperty('perSecond')
    expect(compareUsage([unseen], [usage()])[0]).not.toHaveProperty('perSecond')
    expect(compareUsage([usage()], [unseen])).toEqual([unseen])
  })
})

test('tasks stand in order, and what could not be asked is said once a node', () => {
  const { sample: _sample, ...silent } = usage({ node: 'node-2', trouble: 'it does not answer' })
  const loads = [
    { ...silent, taskId: 'x', slot: 3 },
    { ...silent, taskId: 'y', slot: 4 },
    usage({ restarts: 2 }),
    usage({ service: 'db', slot: 1, sample: sample({ memoryBytes: 250_000_000 }) }),
  ]
  const lines = renderLoads(loads, { palette: createPalette(false), columns: Infinity })
  expect(lines.slice(1).map((line) => line.split(/ {2,}/))).toEqual([
    ['db.1', 'node-1', '250 MB', '256 MB', '0', '3'],
    ['web.2', 'node-1', '50 MB', '256 MB', '2', '3'],
    ['web.3', 'node-2', '0'],
    ['web.4', 'node-2', '0'],
    ['! node-2: it does not answer'],
  ])
  const narrow = renderLoads(loads, { palette: createPalette(true), columns: 75 }).map((line) =>
    stripVTControlCharacters(line),
  )
  expect(narrow[0]).toMatch(/^TASK .* READ\/S$/)
  expect(Math.max(...narrow.map((line) => line.length))).toBeLessThanOrEqual(75)
  expect(renderLoads([], { palette: createPalette(false), columns: Infinity })).toEqual(['no task runs'])
})
