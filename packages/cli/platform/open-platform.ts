import { ApiError, openClient } from '@atoll/api'
import type { Client } from '@atoll/api'
import type { Cli, Connection, Output } from '../cli.ts'
import { CommandError, InvalidInputError } from '../errors.ts'
import { renderDuration } from '../terminal/time.ts'
import { chooseContext } from './choose-context.ts'
import type { ChosenContext, TargetFlags } from './choose-context.ts'
import { readContexts, withContext, writeContexts } from './contexts.ts'
import { createExecConnections } from './exec-connection.ts'
import { createPlatformCluster } from './platform-cluster.ts'
import { openTransport } from './transport.ts'
import type { Transport } from './transport.ts'

export interface PlatformConnection extends Connection {
  readonly client: Client
  /** Another over the same connections, which tells how old each reply is that is not of the moment. */
  readonly openClient: (onAge: (ageMs: number) => void) => Client
  /** Of the control that answered last. */
  readonly url: string
  /** Of the cluster's authority, as links carry it. */
  readonly fingerprint: () => Promise<string>
}

/** For commands that only a platform can answer. Throws CommandError where nobody has signed in. */
export const connectPlatform = async (cli: Cli, flags: TargetFlags): Promise<PlatformConnection> => {
  const chosen = await chooseContext(cli.config, flags, cli.signal)
  if (chosen !== undefined) return openPlatform(cli, chosen)
  throw new CommandError('no-platform', 'ask the platform: you are signed in to none', {
    hint: 'sign in with "atoll login URL"; "atoll init" installs it onto a swarm',
  })
}

/** Opens the controls of a context; nothing is asked yet. */
export const openPlatform = (cli: Cli, { context, isKept }: ChosenContext): PlatformConnection => {
  const transport = openTransport({
    ...context,
    onElection: createLine(
      cli.stderr,
      'a control does not hear from the managers, which may be electing a leader; waiting up to 25 s',
    ),
    onSilence: createLine(cli.stderr, 'no control answers; asking them again for 15 s'),
  })
  const openAdvised: PlatformConnection['openClient'] = (onAge) =>
    withAdvice(openClient({ send: transport.send, token: context.token, onAge }), context.urls[0] ?? '')
  const client = openAdvised(createAgeLine(cli.stderr))
  return {
    client,
    openClient: openAdvised,
    get url() {
      return transport.urls()[0] ?? ''
    },
    fingerprint: async () => (await import('@atoll/authority')).fingerprintOf(context.authorityPem),
    cluster: createPlatformCluster(client, createExecConnections({ ...context, urls: transport.urls })),
    name: context.name,
    title: `cluster: ${context.name} as ${context.person}`,
    [Symbol.asyncDispose]: async () => {
      await transport[Symbol.asyncDispose]()
      if (isKept) await remember(cli, context, transport)
    },
  }
}

/** Younger than this it is as good as of the moment. */
const toldFromMs = 1_000

/** Says once that what is shown is from before; a line with every look would be in the way of what it is about. */
const createAgeLine = ({ write, palette }: Output): ((ageMs: number) => void) => {
  let isTold = false
  return (ageMs) => {
    if (isTold || ageMs < toldFromMs) return
    isTold = true
    const age = renderDuration(ageMs)
    write(`${palette.dim(`as of ${age} ago: the engine does not answer; the managers may be electing a leader`)}\n`)
  }
}

/** Says once why nothing happens. */
const createLine = ({ write, palette }: Output, text: string): (() => void) => {
  let isTold = false
  return () => {
    if (!isTold) write(`${palette.dim(text)}\n`)
    isTold = true
  }
}

/** The control that answered is asked first the next time, and those that joined or left are known. */
const remember = async ({ config }: Cli, context: ChosenContext['context'], transport: Transport): Promise<void> => {
  const urls = transport.urls()
  const isKnown = urls.length === context.urls.length && urls.every((url) => context.urls.includes(url))
  if (isKnown && urls[0] === context.urls[0]) return
  const contexts = await readContexts(config.configDir)
  const kept = contexts.contexts.find(({ name, token }) => name === context.name && token === context.token)
  if (kept !== undefined) {
    await writeContexts(config.configDir, withContext(contexts, { ...kept, urls }))
  }
}

/** Errors of the API in the words of the command line. */
const withAdvice = (client: Client, url: string): Client => ({
  call: async (name, input, signal) => {
    try {
      return await client.call(name, input, signal)
    } catch (error) {
      throw advise(error, url)
    }
  },
  follow: (name, input, signal) => client.follow(name, input, signal),
  lines: async function* (name, input, signal) {
    try {
      yield* client.lines(name, input, signal)
    } catch (error) {
      throw advise(error, url)
    }
  },
})

const advise = (error: unknown, url: string): unknown => {
  if (!(error instanceof ApiError)) return error
  if (error.problems.length > 0) return new InvalidInputError(error.problems)
  if (error.status !== 401) return error
  return new CommandError('signed-out', error.message, { hint: `sign in again: atoll login ${url}`, cause: error })
}
