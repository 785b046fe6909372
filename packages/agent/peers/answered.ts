import type { IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import { EngineError } from '@atoll/engine'
import { parseError } from '@atoll/engine/remote'
import type { PeerConversation } from './peers.ts'

/** What another agent answers, as soon as it begins; its refusal is thrown as it was there. */
export const answered = async ({ incoming }: PeerConversation, verb: string): Promise<IncomingMessage> => {
  const response = await incoming
  if (response.statusCode === 200) return response
  const said = await text(response)
  throw parseError(tryJson(said)) ?? new EngineError('invalid', `${verb}: the agent answered ${response.statusCode}`)
}

const tryJson = (said: string): unknown => {
  try {
    return JSON.parse(said)
  } catch {
    return undefined
  }
}
