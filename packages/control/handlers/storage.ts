import { claimImages } from '@atoll/deploy'
import type { ObservedNode } from '@atoll/plan'
import { appendAudit } from '../audit/audit.ts'
import type { Control } from '../control.ts'
import { notFound } from '../errors.ts'
import type { Handlers } from './handler.ts'

export const storageHandlers: Handlers<'getNodeUsage' | 'listGarbage' | 'pruneNode'> = {
  getNodeUsage: async (control, { params, signal }) => {
    const { id, name } = await getNode(control, params.node, signal)
    const [usage, disk] = await Promise.all([control.engine.usage(id, signal), control.engine.disk(id, signal)])
    return { node: name, usage, ...(disk === undefined ? {} : { disk }) }
  },
  listGarbage: async (control, { params, signal }) => {
    const { id } = await getNode(control, params.node, signal)
    const claims = await claimImages(control, signal)
    return control.engine.prune({ nodeId: id, isDryRun: true, claims }, signal)
  },
  pruneNode: async (control, { params, caller, address, signal }) => {
    const { id, name } = await getNode(control, params.node, signal)
    const claims = await claimImages(control, signal)
    const report = await control.engine.prune({ nodeId: id, isDryRun: false, claims }, signal)
    const after = { removed: report.removed.map((item) => item.name) }
    await appendAudit(control, { by: caller.description, action: 'pruneNode', subject: name, address, after }, signal)
    return report
  },
}

const getNode = async ({ engine }: Control, given: string, signal: AbortSignal): Promise<ObservedNode> => {
  const nodes = await engine.nodes(signal)
  const found = nodes.find(({ id, name }) => id === given || name === given)
  if (found !== undefined) return found
  throw notFound(`there is no node ${given}; the nodes are ${nodes.map(({ name }) => name).join(', ')}`)
}
