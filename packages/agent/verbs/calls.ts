import { renderBytes } from '@atoll/engine/remote'
import type { CallName, ReplyOf, RequestOf } from '@atoll/engine/remote'
import type { Agent } from '../agent.ts'
import { recordWork } from '../log.ts'
import { refusePlatformVolume } from '../refuse.ts'
import { apply, judge } from './apply.ts'
import { nodeLifeCalls } from './nodes.ts'
import { statFile } from './reach.ts'
import { routingCalls } from './routing.ts'
import { storageCalls } from './storage.ts'

/** Bytes are base64 by the time they are JSON. */
type Answer<Name extends CallName> = Name extends 'configs.list' ? readonly object[] : ReplyOf<Name>
export type Calls = {
  readonly [Name in CallName]: (agent: Agent, request: RequestOf<Name>, signal: AbortSignal) => Promise<Answer<Name>>
}

/** Those of the verbs of one node that have one answer. */
export type NodeCallName = 'inspectTask' | 'askNames' | 'sample' | 'statFile'

/** The same of this node alone, for whoever names it. */
export const nodeCalls: Pick<Calls, NodeCallName> = {
  inspectTask: ({ node }, { taskId }, signal) => node.inspectTask(taskId, signal),
  askNames: async ({ directory: { names } }, { questions }, signal) => [...(await names.ask(questions, signal))],
  sample: ({ node }, { taskIds }, signal) => node.sample(taskIds, signal),
  statFile,
}

/** Verbs with one answer. */
export const calls: Calls = {
  self: ({ self }, _request, signal) => self(signal),
  observe: ({ engine }, { ref }, signal) => engine.observe(ref, signal),
  listEnvironments: async ({ engine }, _request, signal) => [...(await engine.listEnvironments(signal))],
  countEnvironments: ({ engine }, _request, signal) => engine.countEnvironments(signal),
  occupancy: ({ engine }, _request, signal) => engine.occupancy(signal),
  apply,
  judge,
  nodes: ({ engine }, _request, signal) => engine.nodes(signal),
  resolveImage: ({ engine }, { image }, signal) => engine.resolveImage(image, signal),
  inspectTask: ({ engine }, { taskId }, signal) => engine.inspectTask(taskId, signal),
  sample: nodeCalls.sample,
  statFile,
  ...storageCalls,
  ...routingCalls,
  volumeSizes: ({ engine }, { ref }, signal) => engine.volumeSizes(ref, signal),
  ...nodeLifeCalls,
  removeVolume: async ({ engine, journal }, { ref, engineName, nodeId }, signal) => {
    const about = { verb: 'removeVolume', ref: `${ref.app}/${ref.environment}`, subject: `${engineName} on ${nodeId}` }
    await recordWork(journal, about, async () => {
      refusePlatformVolume(ref, engineName, `remove volume ${engineName}`)
      await engine.removeVolume(ref, engineName, nodeId, signal)
    })
    return {}
  },
  locateTask: async ({ directory }, { taskId }, signal) => {
    const nodeId = await directory.findNode(taskId, signal)
    return nodeId === undefined ? {} : { nodeId }
  },
  listNames: async ({ directory: { names } }, _request, signal) => [...(await names.list(signal))],
  askNames: nodeCalls.askNames,
  agents: async ({ directory }, _request, signal) => [...(await directory.listAgents(signal))],
  diagnose: ({ engine }, _request, signal) => engine.diagnose(signal),
  serviceImages: async ({ engine }, _request, signal) => [...(await engine.serviceImages(signal))],
  'configs.create': ({ configs, journal }, config, signal) =>
    recordWork(journal, { verb: 'configs.create', ref: config.name }, async () => ({
      id: await configs.create(config, signal),
    })),
  'configs.list': async ({ configs }, { labels, namePrefix }, signal) => {
    const found = await configs.list({ labels, ...(namePrefix !== undefined && { namePrefix }) }, signal)
    return found.map(({ data, ...config }) => ({ ...config, data: renderBytes(data) }))
  },
  'configs.remove': async ({ configs, journal }, { id }, signal) => {
    await recordWork(journal, { verb: 'configs.remove', ref: id }, () => configs.remove(id, signal))
    return {}
  },
}
