import { proposeCompletions } from '@stricli/core'
import { buildApp } from './app.ts'
import type { Cli } from './cli.ts'
import { exitStatus } from './exit-status.ts'

/** The word shells begin with when they ask for proposals; people never type it, so it is no route. */
export const completeWord = 'complete'

/** Prints proposals for the last of `words`, one a line, each with its meaning after a tab. */
export const printProposals = async (words: readonly string[], cli: Cli): Promise<number> => {
  const typed = words[0] === '--' ? words.slice(1) : words
  const proposals = await proposeCompletions(await buildApp(typed), typed, cli)
  cli.stdout.write(proposals.map(({ completion, brief }) => `${completion}\t${brief}\n`).join(''))
  return exitStatus.good
}
