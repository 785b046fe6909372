import type { TaskSample, TaskUsage } from '@atoll/engine'
import type { Palette } from './palette.ts'
import type { Screen } from './screen.ts'
import { renderBytes } from './size.ts'
import { renderTable } from './table.ts'
import { nameTask } from './task-name.ts'

/** What a task uses: counters, and how much of them in a second since the look before. */
export interface TaskLoad extends TaskUsage {
  /** Absent at the first look at a task. */
  readonly perSecond?: {
    /** Of one processor: 250 is two and a half. */
    readonly cpuPercent: number
    readonly networkInBytes: number
    readonly networkOutBytes: number
    readonly readBytes: number
    readonly writtenBytes: number
  }
}

/** Two looks as loads; a task whose clock has not moved is as one that is seen for the first time. */
export const compareUsage = (before: readonly TaskUsage[], now: readonly TaskUsage[]): readonly TaskLoad[] =>
  now.map((usage) => {
    const last = before.find(({ taskId }) => taskId === usage.taskId)?.sample
    const { sample } = usage
    if (last === undefined || sample === undefined || sample.atMs <= last.atMs) return usage
    return { ...usage, perSecond: compareSamples(last, sample) }
  })

const compareSamples = (last: TaskSample, now: TaskSample): NonNullable<TaskLoad['perSecond']> => {
  const seconds = (now.atMs - last.atMs) / 1000
  const grow = (key: Exclude<keyof TaskSample, 'taskId'>): number => Math.max(0, now[key] - last[key]) / seconds
  return {
    cpuPercent: grow('cpuNs') / 1e7,
    networkInBytes: grow('networkInBytes'),
    networkOutBytes: grow('networkOutBytes'),
    readBytes: grow('readBytes'),
    writtenBytes: grow('writtenBytes'),
  }
}

const head = ['TASK', 'NODE', 'CPU', 'MEMORY', 'OF', 'RESTARTS', 'IN/S', 'OUT/S', 'READ/S', 'WRITTEN/S', 'PROCESSES']
/** From this share of its limit on a task is about to be ended. */
const scarceShare = 0.9

export const renderLoads = (loads: readonly TaskLoad[], screen: Screen): readonly string[] => {
  const { palette } = screen
  if (loads.length === 0) return ['no task runs']
  const ordered = loads.toSorted((a, b) => compareNames(a.service, b.service) || (a.slot ?? 0) - (b.slot ?? 0))
  const troubles = new Set(
    ordered.flatMap(({ node, trouble }) => (trouble === undefined ? [] : [`${node}: ${trouble}`])),
  )
  return [
    ...renderTable(
      head,
      ordered.map((load) => renderLoad(load, palette)),
      screen,
    ),
    ...[...troubles].map((trouble) => `${palette.yellow('!')} ${trouble}`),
  ]
}

const compareNames = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

const renderLoad = (load: TaskLoad, palette: Palette): readonly string[] => {
  const { sample, perSecond, node, restarts } = load
  const count = restarts === 0 ? '0' : palette.yellow(String(restarts))
  const rates = [perSecond?.networkInBytes, perSecond?.networkOutBytes, perSecond?.readBytes, perSecond?.writtenBytes]
  return [
    nameTask({ service: load.service, slot: load.slot, taskId: load.taskId }),
    node,
    perSecond === undefined ? '' : `${perSecond.cpuPercent.toFixed(1)} %`,
    sample === undefined ? '' : renderMemory(sample, palette),
    sample === undefined ? '' : renderBytes(sample.memoryLimitBytes),
    count,
    ...rates.map((rate) => (rate === undefined ? '' : renderBytes(rate))),
    sample === undefined ? '' : String(sample.processes),
  ]
}

const renderMemory = ({ memoryBytes, memoryLimitBytes }: TaskSample, palette: Palette): string => {
  const text = renderBytes(memoryBytes)
  return memoryBytes > memoryLimitBytes * scarceShare ? palette.red(text) : text
}
