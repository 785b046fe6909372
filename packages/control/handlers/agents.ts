import { notFound } from '../errors.ts'
import { limits } from '../limits.ts'
import type { Handlers } from './handler.ts'

export const agentHandlers: Handlers<'certifyAgent'> = {
  certifyAgent: async ({ certifyAgent, limiter }, { body, address, signal }) => {
    limiter.take(`agent ${address}`, limits.attemptsPerAddress)
    if (certifyAgent === undefined) throw notFound('this control signs for no agents')
    return certifyAgent({ ...body, address }, signal)
  },
}
