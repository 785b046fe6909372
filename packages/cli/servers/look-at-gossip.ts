import type { HeldNode } from '@atoll/plan'
import { judgeGossip, readEngineLog, toProofNode } from '@atoll/server'
import type { ProofFinding, Server, ServerFacts } from '@atoll/server'
import type { Cli } from '../cli.ts'

interface Look {
  readonly server: Server
  readonly facts: ServerFacts
  /** What the server is. */
  readonly node: HeldNode
  readonly nodes: readonly HeldNode[]
  /** By its own clock. */
  readonly sinceMs: number
}

/** The tasks of a proof hear of each other by TCP in the end; that UDP does not go through only the engine knows. */
export const lookAtGossip = async (
  cli: Pick<Cli, 'signal'>,
  { server, facts, node, nodes, sinceMs }: Look,
): Promise<readonly ProofFinding[]> => {
  const log = await readEngineLog({ server, signal: cli.signal }, facts)
  return judgeGossip(toProofNode(node), { nodes: nodes.map((each) => toProofNode(each)), log, sinceMs })
}
