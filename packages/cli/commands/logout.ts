import { ApiError } from '@atoll/api'
import type { Cli } from '../cli.ts'
import { defineCommand } from '../command.ts'
import { CommandError } from '../errors.ts'
import { exitStatus } from '../exit-status.ts'
import { contextFlag, jsonFlag } from '../parameters.ts'
import type { ContextFlags, JsonFlags } from '../parameters.ts'
import { getContext, readContexts, withoutContext, writeContexts } from '../platform/contexts.ts'
import type { ClusterContext } from '../platform/contexts.ts'
import { openPlatform } from '../platform/open-platform.ts'

export const command = defineCommand<JsonFlags & ContextFlags, []>({
  description: 'Ends the session in the cluster, so that its token is worth nothing, and forgets it here.',
  examples: [
    ['atoll logout', 'of the current cluster'],
    ['atoll logout --context home', 'of another'],
  ],
  parameters: { flags: { ...jsonFlag, ...contextFlag } },
  run: async (cli, flags) => {
    const { configDir, variables } = cli.config
    const contexts = await readContexts(configDir)
    const name = flags.context ?? (variables['ATOLL_CONTEXT'] || contexts.current)
    if (name === undefined) throw new CommandError('no-platform', 'sign out: you are signed in to no cluster')
    const isEnded = await endSession(cli, getContext(contexts, name))
    await writeContexts(configDir, withoutContext(contexts, name))
    cli.stdout.write(flags.json ? `${JSON.stringify({ context: name, isEnded })}\n` : `signed out of ${name}\n`)
    if (!isEnded) cli.stderr.write(`no control answers: the session ends there by itself when it is too old\n`)
    return exitStatus.good
  },
})

/** False when nobody could be told; a session that is over already is ended. */
const endSession = async (cli: Cli, context: ClusterContext): Promise<boolean> => {
  await using connection = openPlatform(cli, { context, isKept: false })
  try {
    await connection.client.call('signOut', {}, cli.signal)
    return true
  } catch (error) {
    cli.signal.throwIfAborted()
    if (error instanceof ApiError) throw error
    return error instanceof CommandError && error.code === 'signed-out'
  }
}
