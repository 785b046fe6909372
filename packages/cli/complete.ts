import { proposeCompletions } from '@stricli/core'
import { buildApp } from './app.ts'
import type { Cli } from './cli.ts'
import { exitStatus } from './exit-status.ts'

/** The word shells begin with when they ask for proposals; people never type it, so it is no route. */
export const completeWord = 'complete'

/** Flags come up when a dash is typed, or when there is nothing else to say. */
const preferWords = <T extends { readonly completion: string }>(
  proposals: readonly T[],
  typed: string,
): readonly T[] => {
  const words = proposals.filter(({ completion }) => !completion.startsWith('-'))
  return typed.startsWith('-') || words.length === 0 ? proposals : words
}

/** Prints proposals for the last of `words`, one a line, each with its meaning after a tab. */
export const printProposals = async (words: readonly string[], cli: Cli): Promise<number> => {
  const typed = words[0] === '--' ? words.slice(1) : words
  const proposals = await proposeCompletions(await buildApp(typed), typed, cli)
  cli.stdout.write(
    preferWords(proposals, typed.at(-1) ?? '')
      .map(({ completion, brief }) => `${completion}\t${brief}\n`)
      .join(''),
  )
  return exitStatus.good
}
