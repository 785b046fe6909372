import type { Clock } from '@atoll/deploy'
import { EngineError } from '@atoll/engine'
import type { IngressApi, NodeIngress, NodeTable, RouteRefusal } from '@atoll/engine'
import { createBell } from '@atoll/store'
import type { LogEntry } from '../control.ts'
import { limits } from '../limits.ts'

/** Keeps the ingress of one node at the table that is wanted. */
export interface NodeTeller {
  want(table: NodeTable): void
  stop(): Promise<void>
}

export interface TellerParts {
  readonly routing: Pick<IngressApi, 'giveRoutes' | 'followIngress'>
  readonly clock: Clock
  readonly log: (entry: LogEntry) => void
  readonly nodeId: string
  /** Something is another on that node. */
  readonly onChange: () => void
}

export const startTeller = (parts: TellerParts): NodeTeller => {
  const stopping = new AbortController()
  const { signal } = stopping
  const bell = createBell()
  const memory: Memory = { wanted: undefined, served: undefined, trouble: undefined, refused: new Set() }
  const follow = async (): Promise<void> => {
    while (!signal.aborted) {
      const states = parts.routing.followIngress(parts.nodeId, signal)
      const followed = followStates(states, ({ version, refused = [] }) => {
        memory.served = version
        tellRefused(parts, memory, refused)
        bell.ring()
        parts.onChange()
      })
      await followed.catch((error: unknown) => tellTrouble(parts, memory, error))
      memory.served = undefined
      await parts.clock.wait(limits.routes.followAgainMs, signal).catch(() => undefined)
    }
  }
  const give = async (): Promise<void> => {
    while (!signal.aborted) {
      const { wanted, served } = memory
      if (wanted === undefined || wanted.version === served) await bell.wait(signal)
      else await giveOnce(parts, { memory, wanted }, signal)
    }
  }
  const running = Promise.all([follow(), give()])
  return {
    want: (table) => {
      if (table.version === memory.wanted?.version) return
      memory.wanted = table
      bell.ring()
    },
    stop: async () => {
      stopping.abort()
      await running
    },
  }
}

interface Memory {
  wanted: NodeTable | undefined
  /** Version of what it serves. */
  served: string | undefined
  /** The last that was logged. */
  trouble: string | undefined
  /** What was logged of those that it refuses now. */
  refused: ReadonlySet<string>
}

const followStates = async (
  states: ReturnType<IngressApi['followIngress']>,
  take: (state: NodeIngress) => void,
): Promise<void> => {
  for await (const state of states) take(state)
}

const giveOnce = async (
  parts: TellerParts,
  { memory, wanted }: { readonly memory: Memory; readonly wanted: NodeTable },
  signal: AbortSignal,
): Promise<void> => {
  try {
    await parts.routing.giveRoutes(parts.nodeId, wanted, signal)
    memory.served = wanted.version
    memory.trouble = undefined
  } catch (error) {
    tellTrouble(parts, memory, error)
    await parts.clock.wait(limits.routes.giveAgainMs, signal).catch(() => undefined)
  }
}

/** Once for each reason, however long it lasts. A fault of ours is none of a node. */
const tellTrouble = ({ log, nodeId }: TellerParts, memory: Memory, error: unknown): void => {
  if (!(error instanceof EngineError)) throw error
  if (memory.trouble === error.message) return
  memory.trouble = error.message
  log({ event: 'an ingress has not its routes', nodeId, error: error.message })
}

/** Once for each part and reason, as long as it lasts. */
const tellRefused = ({ log, nodeId }: TellerParts, memory: Memory, refused: readonly RouteRefusal[]): void => {
  for (const refusal of refused) {
    if (memory.refused.has(JSON.stringify(refusal))) continue
    log({ event: 'an ingress does not take a part of its routes', nodeId, ...refusal })
  }
  memory.refused = new Set(refused.map((refusal) => JSON.stringify(refusal)))
}
