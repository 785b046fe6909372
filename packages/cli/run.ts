import { ExitCode, run as runApplication } from '@stricli/core'
import { buildApp } from './app.ts'
import type { Cli } from './cli.ts'
import { completeWord, printProposals } from './complete.ts'
import { exitStatus } from './exit-status.ts'

/** Runs one command line; resolves with the exit status and never throws for anything the world or the input does. */
export const run = async (words: readonly string[], cli: Cli): Promise<number> => {
  if (words[0] === completeWord) return printProposals(words.slice(1), cli)
  await runApplication(await buildApp(words), words, cli)
  return toStatus(cli.process.exitCode)
}

/** The router has negative codes of its own for words it does not know. */
const toStatus = (code: number | string | null | undefined): number => {
  if (code === ExitCode.UnknownCommand || code === ExitCode.InvalidArgument) return exitStatus.badInput
  return typeof code === 'number' && code >= 0 ? code : exitStatus.failed
}
