import { changeNodeRole, labelNode, node, nodes } from '@atoll/deploy'
import type { Context } from '@atoll/deploy'
import type { ClusterNodes } from '../cluster/nodes.ts'

/** Over a manager. */
export const createDirectNodes = (context: Context): ClusterNodes => ({
  nodes: (signal) => nodes(context, signal),
  node: (given, signal) => node(context, given, signal),
  labelNode: (request, signal) => labelNode(context, request, signal),
  changeNodeRole: (request, signal) => changeNodeRole(context, request, signal),
})
