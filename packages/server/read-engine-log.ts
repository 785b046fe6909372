import { ask } from './ask.ts'
import type { Place } from './ask.ts'
import type { ServerFacts } from './facts.ts'

const mostBytes = 2_000_000

/** The end of what the engine has said; empty where nobody keeps it. */
export async function readEngineLog(
  place: Place,
  { hasServiceManager }: Pick<ServerFacts, 'hasServiceManager'>,
): Promise<string> {
  const journal = ['journalctl', '--unit', 'docker', '--output', 'cat', '--no-pager', '--lines', '5000']
  // Where start-engine.ts has it written.
  const file = ['tail', '--bytes', String(mostBytes), '/var/log/dockerd.log']
  const { status, stdout } = await ask(place, hasServiceManager ? journal : file)
  return status === 0 ? stdout : ''
}
