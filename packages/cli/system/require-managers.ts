import type { Context } from '@atoll/deploy'
import { CommandError } from '../errors.ts'

/** A control that is away does not learn of new keys, and would seal with the old. CommandError `manager-away`. */
export const requireManagers = async ({ engine }: Context, signal: AbortSignal): Promise<void> => {
  const nodes = await engine.nodes(signal)
  const away = nodes.filter(({ isManager, state }) => isManager && state !== 'ready').map(({ name }) => name)
  if (away.length === 0) return
  throw new CommandError('manager-away', `exchange the keys: ${away.join(', ')} cannot take new ones now`, {
    hint: 'bring it back, or make it a worker or take it out of the swarm, then run it again',
  })
}
