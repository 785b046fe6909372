import { EngineError } from '@atoll/engine'
import type { EnvironmentRef } from '@atoll/engine'
import type { RequestOf } from '@atoll/engine/remote'
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
  if (judgeAction(action, ref, noAllowance) === undefined && !joinsOthers(action, ref)) return noAllowance
  const allowance = await readAllowance(documents, ref.app, signal).catch((cause: unknown) => {
    const { code, retry, message } = describeFailure(cause)
    throw new EngineError(code, `${subject}: read what an owner allowed: ${message}`, { cause, retry })
  })
  refuse(judgeAction(action, ref, allowance), subject)
  return allowance
}

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
