import type { Finding } from '@atoll/engine'
import { describeDisk, diskLadder } from '@atoll/plan'
import type { ObservedNode } from '@atoll/plan'

/** What agents told of the disks of their nodes, as findings. */
export const findDiskFindings = (nodes: readonly ObservedNode[], nowMs: number): readonly Finding[] =>
  nodes.flatMap(({ name, disk }): readonly Finding[] => {
    if (disk === undefined) return []
    const told = describeDisk(name, disk, nowMs)
    const message = told ?? `the disk of ${name} is ${Math.floor(disk.usedShare * 100)} % full`
    if (told === undefined) return [{ check: 'disk', state: 'good', message }]
    const state = disk.usedShare >= diskLadder.refuseDeployments ? 'bad' : 'warning'
    return [{ check: 'disk', state, message, hint: `"atoll df" says of what, "atoll prune --node ${name}" makes room` }]
  })
