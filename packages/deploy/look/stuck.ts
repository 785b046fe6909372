import { readyNodes } from '@atoll/plan'
import type { Observed, ObservedService, ObservedTask } from '@atoll/plan'
import { findMeaning, noAddress } from '../judge/engine-words.ts'
import type { Meaning } from '../judge/engine-words.ts'

/** Getting through a state on the way up takes a healthy cluster no longer. */
const stuckMs = { placing: 30_000, working: 60_000 } as const

type Said = Pick<Meaning, 'what'> & Partial<Pick<Meaning, 'hint'>>

/** Why a task has not come up yet, in plain words; undefined while it may well be on its way. */
const explainTask = (task: ObservedTask, observed: Observed, nowMs: number): Said | undefined => {
  const text = [task.error, task.message].filter(Boolean).join(': ')
  const meaning = findMeaning(text)
  if (meaning !== undefined) return { what: `${meaning.what} (${task.error ?? task.message})`, hint: meaning.hint }
  return explainStandstill(task, observed, nowMs - task.sinceMs)
}

const explainStandstill = (task: ObservedTask, observed: Observed, standsMs: number): Said | undefined => {
  const node = observed.nodes.find(({ id }) => id === task.nodeId)?.name ?? 'its node'
  const seconds = `for ${Math.round(standsMs / 1000)} s`
  if (task.desired !== 'running' || standsMs < stuckMs.placing) return undefined
  switch (task.state) {
    case 'new':
      return { ...noAddress, what: `${noAddress.what} ${seconds}: the engine gives no reason` }
    case 'allocated':
    case 'pending':
      return {
        what: `was not placed on any node ${seconds}, and the engine gives no reason`,
        hint: 'its managers may have no leader or too much to do: see "atoll doctor"',
      }
    case 'assigned':
    case 'accepted':
      if (!readyNodes(observed).has(task.nodeId ?? '')) return undefined
      return {
        what: `lies at ${node} ${seconds}, which does not begin with it`,
        hint: `see the log of its engine; a full disk does this. Restart the engine, or drain ${node}`,
      }
    case 'preparing':
      if (standsMs < stuckMs.working) return undefined
      return {
        what: `is being prepared on ${node} ${seconds}`,
        hint: `${node} pulls its image, or waits for a network or a volume: a large image takes its time; a network without free addresses never comes`,
      }
    case 'starting':
      if (standsMs < stuckMs.working) return undefined
      return {
        what: `is starting on ${node} ${seconds}`,
        hint: 'its health check has not passed yet: see "atoll why"',
      }
    default:
      return undefined
  }
}

/** All that keeps a service from being whole, each once, and the first thing to do about it. */
export const explainService = (
  { tasks }: ObservedService,
  observed: Observed,
  nowMs: number,
): { readonly why: readonly string[]; readonly hint?: string } => {
  const waiting = tasks.filter((task) => task.desired === 'running' && task.state !== 'running')
  const dead = tasks.filter(({ isCurrent, state }) => isCurrent && (state === 'failed' || state === 'rejected'))
  const said = [...waiting, ...dead].map((task) => tell(task, { observed, nowMs }))
  const hint = said.find((each) => each?.hint !== undefined)?.hint
  const why = new Set(said.flatMap((each) => each?.what ?? []))
  return { why: [...why], ...(hint === undefined ? {} : { hint }) }
}

/** What has no meaning of its own is told as the engine says it, where it says that something is wrong. */
const tell = (
  task: ObservedTask,
  { observed, nowMs }: { readonly observed: Observed; readonly nowMs: number },
): Said | undefined => {
  const said = explainTask(task, observed, nowMs)
  if (said !== undefined) return said
  const isTold = task.state === 'pending' || task.state === 'failed' || task.state === 'rejected'
  const text = task.error ?? task.message
  return isTold && text !== '' ? { what: text } : undefined
}
