import { ServerError } from './errors.ts'
import type { Ran, RunOptions, Server } from './server.ts'

interface Well extends RunOptions {
  /** Begins the message: `start Docker`. */
  readonly doing: string
  readonly hint?: string
}

/** Runs a program that has to end with status 0, and gives its output. Throws ServerError `command-failed` with its last words. */
export async function runWell(
  server: Server,
  argv: readonly string[],
  { doing, hint, ...options }: Well,
): Promise<Ran> {
  const ran = await server.run(argv, options)
  if (ran.status === 0) return ran
  const said = `${ran.stdout}\n${ran.stderr}`.trim().split('\n').slice(-3).join(' ').trim()
  throw new ServerError(
    `${server.name}: ${doing}: "${argv.slice(0, 2).join(' ')}" ended with status ${ran.status}: ${said}`,
    {
      code: 'command-failed',
      retry: false,
      ...(hint === undefined ? {} : { hint }),
    },
  )
}
