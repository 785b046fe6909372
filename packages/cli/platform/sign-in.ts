import { ApiError } from '@atoll/api'
import type { Client, Reply } from '@atoll/api'
import type { Cli } from '../cli.ts'
import { askFor, choosePassword, factorQuestion, givePassword, toFactor } from './ask.ts'

export interface Credentials {
  /** Of an invitation or a reset; without it somebody who is known signs in. */
  readonly token?: string
  /** `--name`. */
  readonly name?: string
  /** Without it a person is asked. */
  readonly passwordFile?: string
  /** Six digits or a recovery code; asked for when it is needed. */
  readonly code?: string
}

export type Session = Reply<'signIn'>

/** Signs in, accepts an invitation, or chooses another password, with what was given and else what a person answers. */
export const signIn = async (cli: Cli, client: Client, credentials: Credentials): Promise<Session> => {
  const { token } = credentials
  if (token !== undefined && isReset(token)) return acceptReset(cli, client, { ...credentials, token })
  const name = credentials.name ?? (await askFor(cli, cli.askText, { question: 'Name', flag: '--name' }))
  if (token !== undefined) {
    const password = await chooseOwn(cli, credentials)
    return client.call('acceptInvitation', { body: { token, name, password } }, cli.signal)
  }
  const password = await givePassword(cli, credentials.passwordFile)
  return withFactor(cli, credentials, (factor) =>
    client.call('signIn', { body: { name, password, ...factor } }, cli.signal),
  )
}

/** As controls make them. */
const isReset = (token: string): boolean => token.startsWith('atoll_r_')

const acceptReset = async (
  cli: Cli,
  client: Client,
  credentials: Credentials & { readonly token: string },
): Promise<Session> => {
  const password = await chooseOwn(cli, credentials)
  const { token } = credentials
  return withFactor(cli, credentials, (factor) =>
    client.call('acceptReset', { body: { token, password, ...factor } }, cli.signal),
  )
}

const chooseOwn = (cli: Cli, { passwordFile }: Credentials): Promise<string> =>
  choosePassword(cli, { path: passwordFile, flag: '--password-file' })

type Factor = Partial<ReturnType<typeof toFactor>>

/** Only who has one-time passwords is asked for one. */
const withFactor = async (
  cli: Cli,
  { code }: Credentials,
  send: (factor: Factor) => Promise<Session>,
): Promise<Session> => {
  try {
    return await send(code === undefined ? {} : toFactor(code))
  } catch (error) {
    if (!(error instanceof ApiError && error.code === 'totp-required')) throw error
    return send(toFactor(await askFor(cli, cli.askText, factorQuestion)))
  }
}
