import { EngineError } from '@atoll/engine'
import type { EnvironmentRef } from '@atoll/engine'
import type { ReplyOf, RequestOf } from '@atoll/engine/remote'
import type { Action } from '@atoll/plan'
import type { Agent } from '../agent.ts'
import { noAllowance, readAllowance } from '../allowance.ts'
import type { Allowance } from '../allowance.ts'
import { describeFailure } from '../failure.ts'
import { recordWork } from '../log.ts'
import { joinsOthers, judgeAction } from '../policy.ts'
import { refuse } from '../refuse.ts'

/** Does an action after the policy has looked at it. */
export const apply = async (
  agent: Agent,
  { action, ref, release, secrets }: RequestOf<'apply'>,
  signal: AbortSignal,
): Promise<Record<string, never>> => {
  const subject = `${action.kind} ${nameOf(action)}`
  const about = { verb: 'apply', ref: `${ref.app}/${ref.environment}`, subject }
  await recordWork(agent.journal, about, async () => {
    const { networks } = await checkAction(agent, { action, ref, subject }, signal)
    await agent.engine.apply(action, { ref, release, secrets, sharedNetworks: networks }, signal)
  })
  return {}
}

/** Gives what an owner allowed, which is only read when it matters. */
const checkAction = async (
  { documents }: Agent,
  { action, ref, subject }: { readonly action: Action; readonly ref: EnvironmentRef; readonly subject: string },
  signal: AbortSignal,
): Promise<Allowance> => {
  if (judgeAction(action, ref, noAllowance).length === 0 && !joinsOthers(action, ref)) return noAllowance
  const allowance = await getAllowance(documents, { app: ref.app, subject }, signal)
  refuse(judgeAction(action, ref, allowance), subject)
  return allowance
}

/** Everything of these actions that would be refused, before any of it is done; the same thing is said once. */
export const judge = async (
  { documents }: Agent,
  { actions, ref }: RequestOf<'judge'>,
  signal: AbortSignal,
): Promise<ReplyOf<'judge'>> => {
  const isHarmless = actions.every((action) => judgeAction(action, ref, noAllowance).length === 0)
  if (isHarmless) return []
  const allowance = await getAllowance(documents, { app: ref.app, subject: `judge ${ref.app}` }, signal)
  const found = actions.flatMap((action) => judgeAction(action, ref, allowance))
  const known = new Map(found.map((violation) => [`${violation.path} ${violation.message}`, violation]))
  return [...known.values()]
}

const getAllowance = (
  documents: Agent['documents'],
  { app, subject }: { readonly app: string; readonly subject: string },
  signal: AbortSignal,
): Promise<Allowance> =>
  readAllowance(documents, app, signal).catch((cause: unknown) => {
    const { code, retry, message } = describeFailure(cause)
    throw new EngineError(code, `${subject}: read what an owner allowed: ${message}`, { cause, retry })
  })

const nameOf = (action: Action): string => {
  switch (action.kind) {
    case 'create-network':
      return action.network.engineName
    case 'create-config':
    case 'create-secret':
      return action.file.engineName
    case 'place-volume':
      return action.volume.engineName
    case 'create-service':
    case 'update-service':
    case 'replace-service':
      return action.service.engineName
    case 'await-service':
    case 'remove-service':
    case 'remove-network':
    case 'remove-config':
    case 'remove-secret':
      return action.engineName
  }
}
