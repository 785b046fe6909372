import { setTimeout as delay } from 'node:timers/promises'
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
  readonly onNote: (note: string) => void
}

const everyMs = 2_000
/** For clocks that are set meanwhile; else it ends by itself. */
const mostLooks = 45

/**
 * The tasks of a proof hear of each other by TCP in the end; that UDP does not go through only the engine knows. What it says once
 * may be a busy moment: it is asked until that is over, or certain.
 */
export const lookAtGossip = async (
  { clock, signal }: Pick<Cli, 'clock' | 'signal'>,
  { server, facts, node, nodes, sinceMs, onNote }: Look,
  pause = (): Promise<void> => delay(everyMs, undefined, { signal }),
): Promise<readonly ProofFinding[]> => {
  const from = toProofNode(node)
  for (let looks = 1; ; looks += 1) {
    const log = await readEngineLog({ server, signal }, facts)
    const nowMs = clock.now() + facts.clock.aheadMs
    const verdict = judgeGossip(from, { nodes: nodes.map((each) => toProofNode(each)), log, sinceMs, nowMs })
    if (!verdict.isOpen || looks === mostLooks) return verdict.findings
    if (looks === 1) onNote('packets of 7946/udp were lost; looking whether that was a busy moment')
    await pause()
  }
}
