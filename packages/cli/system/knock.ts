import type { Context } from '@atoll/deploy'
import { isWitness } from '@atoll/plan'
import { awaitControls } from './await-controls.ts'
import type { Door, Question } from './await-controls.ts'

/** Asks every ready node at its door, but a witness, where neither a control nor a gate runs, in the order of their names. */
export const knock = async (
  { engine }: Pick<Context, 'engine'>,
  question: Question,
  signal: AbortSignal,
): Promise<readonly Door[]> => {
  const nodes = (await engine.nodes(signal)).filter((node) => node.state === 'ready' && !isWitness(node))
  const ordered = nodes.toSorted((a, b) => (a.name < b.name ? -1 : 1))
  return awaitControls({ ...question, nodes: ordered }, signal)
}
