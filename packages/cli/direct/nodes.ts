import {
  beginDrain,
  changeNodeRole,
  createDrainer,
  driveDrain,
  HandedOverError,
  labelNode,
  listDrills,
  node,
  nodes,
  removeNode,
  resumeNode,
  setWitness,
  settleDrains,
} from '@atoll/deploy'
import type { Context } from '@atoll/deploy'
import type { ClusterNodes } from '../cluster/nodes.ts'
import { createDirectVips } from './vips.ts'

/** Gives a move that was left to somebody whom no Ctrl-C reaches. */
type HandOver = (error: HandedOverError) => Promise<void>

/** Over a manager. */
export const createDirectNodes = (context: Context, handOver: HandOver): ClusterNodes => ({
  nodes: (signal) => nodes(context, signal),
  node: (given, signal) => node(context, given, signal),
  labelNode: (request, signal) => labelNode(context, request, signal),
  changeNodeRole: (request, signal) => changeNodeRole(context, request, signal),
  setWitness: (request, signal) =>
    endDrain(context, { work: () => setWitness(context, request, signal), handOver }, signal),
  beginDrain: (request, signal) => beginDrain(context, request, signal),
  followDrain: (given, signal) => drain(context, { node: given, handOver }, signal),
  drainsByItself: false,
  drills: (signal) => listDrills(context.documents, signal),
  resumeNode: (given, signal) =>
    endDrain(context, { work: () => resumeNode(context, given, signal), handOver }, signal),
  admission: (signal) => context.engine.admission(signal),
  ...createDirectVips(context),
  removeNode: (request, signal) =>
    endDrain(context, { work: () => removeNode(context, request, signal), handOver }, signal),
})

interface Drained {
  readonly node: string
  readonly handOver: HandOver
}

async function* drain(context: Context, { node: given, handOver }: Drained, signal: AbortSignal) {
  await using work = openDrainer(context, handOver)
  yield* driveDrain(context, { drainer: work.drainer, node: given }, signal)
}

/** Does what ends a drain, and takes away what that has left behind. */
const endDrain = async <Outcome>(
  context: Context,
  { work, handOver }: { readonly work: () => Promise<Outcome>; readonly handOver: HandOver },
  signal: AbortSignal,
): Promise<Outcome> => {
  await using opened = openDrainer(context, handOver)
  const outcome = await work()
  await settleDrains(context, opened.drainer, signal)
  return outcome
}

/** Ends when all it began has ended or was handed over. */
const openDrainer = (context: Context, handOver: HandOver) => {
  const given: Promise<void>[] = []
  const onTrouble = (_ref: unknown, error: unknown): void => {
    if (error instanceof HandedOverError) given.push(handOver(error))
  }
  const drainer = createDrainer(context, { onTrouble })
  return {
    drainer,
    [Symbol.asyncDispose]: async () => {
      await drainer.idle()
      await Promise.all(given)
    },
  }
}
