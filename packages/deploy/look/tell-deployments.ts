import type { Cause, DeploymentRecord } from '../records.ts'
import { entry } from './timeline-entry.ts'
import type { TimelineEntry } from './timeline-entry.ts'

/** How a deployment began, who carried it on, and how it ended, with the proof of what went wrong. */
export const describeDeployment = ({ number, task, receipt }: DeploymentRecord): readonly TimelineEntry[] => {
  const { startedAtMs, endedAtMs, author, resumedBy, causes } = receipt
  const begin = entry({
    atMs: startedAtMs,
    kind: 'deployment',
    message: `deployment ${number} of ${author}: ${describeTask(task, receipt.release)}`,
    details: task.kind === 'repair' || task.kind === 'rebalance' ? task.found : [],
  })
  const carried = resumedBy.map(({ owner, atMs }) =>
    entry({ atMs, kind: 'deployment', message: `deployment ${number} was carried on by ${owner}` }),
  )
  if (endedAtMs === undefined) return [begin, ...carried]
  const [first] = causes
  const end = entry({
    atMs: endedAtMs,
    kind: 'deployment',
    message: `deployment ${number} ${endings[receipt.state](receipt)}${describeFailed(receipt)}${first === undefined ? '' : `: ${first.message}`}`,
    isBad: receipt.state !== 'converged',
    details: causes.flatMap(proofOf),
    ...(first?.hint === undefined ? {} : { hint: first.hint }),
  })
  return [begin, ...carried, end]
}

/** Who asks why has heard of it, or should. */
const describeFailed = ({ visitors }: DeploymentRecord['receipt']): string =>
  visitors === undefined || visitors.all.failed === 0
    ? ''
    : ` while ${visitors.all.failed} of ${visitors.all.requests} ${visitors.all.requests === 1 ? 'request' : 'requests'} failed`

const describeTask = (task: DeploymentRecord['task'], release: number): string => {
  switch (task.kind) {
    case 'release':
      return `release ${release}`
    case 'repair':
      return `repair of release ${release}`
    case 'move-volume':
      return 'move of a volume'
    case 'rebalance':
      return `tasks spread again${task.isAutomatic ? ', by itself' : ''}`
    case 'remove':
      return 'removal'
  }
}

const endings: Readonly<Record<DeploymentRecord['state'], (receipt: DeploymentRecord['receipt']) => string>> = {
  running: () => 'is under way',
  converged: ({ startedAtMs, endedAtMs = startedAtMs }) =>
    `converged after ${((endedAtMs - startedAtMs) / 1000).toFixed(1)} s`,
  'rolled-back': ({ previous }) => `failed and went back to release ${previous ?? '?'}`,
  failed: () => 'failed',
}

const proofOf = ({ health, logs }: Cause): readonly string[] => [...health, ...logs]
