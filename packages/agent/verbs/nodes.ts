import type { NodeChange } from '@atoll/engine'
import { recordWork } from '../log.ts'
import { judgeNodeChange } from '../policy-names.ts'
import { refuse } from '../refuse.ts'
import type { Calls } from './calls.ts'

/** What is done to nodes. */
export const nodeLifeCalls: Pick<Calls, 'changeRole' | 'changeNode' | 'removeNode' | 'admission'> = {
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
  // It changes nothing, and whoever has the answer can be a node: so who looks into the log finds that it was given.
  admission: async ({ engine, journal }, _request, signal) => {
    const { workerToken, managers } = await recordWork(journal, { verb: 'admission', ref: 'cluster' }, () =>
      engine.admission(signal),
    )
    return { workerToken, managers: [...managers] }
  },
}

const describe = ({ labels = {}, removedLabels = [], availability }: NodeChange): string =>
  [
    ...(availability === undefined ? [] : [availability]),
    ...Object.entries(labels).map(([key, value]) => `${key}=${value}`),
    ...removedLabels.map((key) => `${key}-`),
  ].join(' ')
