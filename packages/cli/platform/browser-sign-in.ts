import { createHash, randomBytes } from 'node:crypto'
import type { Client } from '@atoll/api'
import type { Cli } from '../cli.ts'
import { askFor } from './ask.ts'
import { openReturn } from './browser-return.ts'
import type { Session } from './sign-in.ts'

type Terminal = Pick<Cli, 'stderr' | 'stdin' | 'askText' | 'signal'>

export interface BrowserSignIn {
  readonly client: Client
  /** Undefined: on this machine is none, and the person carries a code over. */
  readonly openBrowser: ((url: string) => void) | undefined
}

/** A person who does not come back has thought better of it. */
const patienceMs = 600_000

/** Signs in by the provider of the cluster: in a browser that comes back to this process, or with a code that it shows. */
export const signInByBrowser = async (cli: Terminal, { client, openBrowser }: BrowserSignIn): Promise<Session> => {
  const { url } = await client.call('getOidc', {}, cli.signal)
  const verifier = randomText()
  const start = new URL('/v1/oidc/start', url)
  start.searchParams.set('challenge', createHash('sha256').update(verifier).digest('base64url'))
  const code = openBrowser === undefined ? await askCode(cli, start) : await awaitCode(cli, { start, openBrowser })
  return client.call('redeemOidc', { body: { code, verifier } }, cli.signal)
}

const randomText = (): string => randomBytes(32).toString('base64url')

const askCode = async (cli: Terminal, start: URL): Promise<string> => {
  cli.stderr.write(`open this address in a browser and sign in there:\n\n  ${start.href}\n\n`)
  const code = await askFor(cli, cli.askText, { question: 'The code it shows', flag: 'a terminal' })
  return code.trim()
}

const awaitCode = async (
  { stderr, signal }: Terminal,
  { start, openBrowser }: { readonly start: URL; readonly openBrowser: (url: string) => void },
): Promise<string> => {
  const state = randomText()
  await using returning = await openReturn(state)
  start.searchParams.set('port', String(returning.port))
  start.searchParams.set('state', state)
  stderr.write(`signing in goes on in the browser; if none opens, go to\n\n  ${start.href}\n\n`)
  openBrowser(start.href)
  return await returning.code(AbortSignal.any([signal, AbortSignal.timeout(patienceMs)]))
}
