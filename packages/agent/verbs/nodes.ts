import type { NodeChange } from '@atoll/engine'
import { recordWork } from '../log.ts'
import { judgeNodeChange } from '../policy-names.ts'
import { refuse } from '../refuse.ts'
import type { Calls } from './calls.ts'

/** What is done to nodes. */
export const nodeLifeCalls: Pick<Calls, 'changeRole' | 'changeNode' | 'removeNode'> = {
  changeRole: async ({ engine, journal }, { nodeId, role }, signal) => {
    await recordWork(journal, { verb: 'changeRole', ref: nodeId, subject: role }, () =>
      engine.changeRole(nodeId, role, signal),
    )
    return {}
  },
  changeNode: async ({ engine, journal }, { nodeId, change }, signal) => {
    await recordWork(journal, { verb: 'changeNode', ref: nodeId, subject: describe(change) }, async () => {
      refuse(judgeNodeChange(change), `change node ${nodeId}`)
      await engine.changeNode(nodeId, change, signal)
    })
    return {}
  },
  removeNode: async ({ engine, journal }, { nodeId, isForced }, signal) => {
    const subject = isForced ? 'ready or not' : 'if it is down'
    await recordWork(journal, { verb: 'removeNode', ref: nodeId, subject }, () =>
      engine.removeNode(nodeId, { isForced }, signal),
    )
    return {}
  },
}

const describe = ({ labels = {}, removedLabels = [], availability }: NodeChange): string =>
  [
    ...(availability === undefined ? [] : [availability]),
    ...Object.entries(labels).map(([key, value]) => `${key}=${value}`),
    ...removedLabels.map((key) => `${key}-`),
  ].join(' ')
