import { checkServer, isRefusing, observeServer, prepareServer } from '@atoll/server'
import type { Finding, Server, ServerFacts, WantedServer } from '@atoll/server'
import type { Cli } from '../cli.ts'
import { CommandError } from '../errors.ts'

export interface Ground {
  /** As it was before anything was done. */
  readonly facts: ServerFacts
  readonly findings: readonly Finding[]
}

export interface Steps {
  readonly onStep: (step: string) => void
  readonly onLine: (line: string) => void
  /** Something a person should read, for good. */
  readonly onNote: (note: string) => void
}

/** Looks at a server and says what stands in the way. CommandError `unfit`, with every reason, when something does. */
export const inspectServer = async (
  cli: Pick<Cli, 'clock' | 'signal'>,
  { server, wanted, steps }: { readonly server: Server; readonly wanted: WantedServer; readonly steps: Steps },
): Promise<Ground> => {
  steps.onStep(`look at ${server.name}`)
  const facts = await observeServer(server, { now: () => cli.clock.now() }, cli.signal)
  const findings = checkServer(facts, wanted)
  refuse(server.name, findings)
  for (const { kind, message, remedy } of findings) if (kind === 'notice') steps.onNote(`${message}; ${remedy}`)
  return { facts, findings }
}

const refuse = (name: string, findings: readonly Finding[]): void => {
  const refusing = findings.filter(isRefusing)
  const [first] = refusing
  if (first === undefined) return
  const reasons = refusing.map(({ message, why }) => `${message} (${why})`)
  throw new CommandError('unfit', `${name}: ${reasons.join('; ')}`, {
    hint: refusing.map(({ remedy }) => remedy).join('; '),
  })
}

/** Docker, its settings, its name; only what is missing. */
export const prepare = async (
  cli: Pick<Cli, 'signal'>,
  {
    server,
    facts,
    name,
    steps,
  }: { readonly server: Server; readonly facts: ServerFacts; readonly name?: string; readonly steps: Steps },
): Promise<void> => {
  const request = { facts, ...(name === undefined ? {} : { name }) }
  const { done, notices } = await prepareServer(server, request, { signal: cli.signal, ...steps })
  for (const note of [...done, ...notices]) steps.onNote(note)
}
