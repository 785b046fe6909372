import { ApiError } from '@atoll/api'
import type { Client, Reply } from '@atoll/api'
import type { Cli } from '../cli.ts'
import { UsageError } from '../errors.ts'

export interface Credentials {
  /** Of an invitation; without it somebody who is known signs in. */
  readonly token?: string
  /** `--name`. */
  readonly name?: string
  /** From a file or standard input; without it a person is asked. */
  readonly password?: string
}

export type Session = Reply<'signIn'>

/** Signs in, or accepts an invitation, with what was given and else what a person answers. */
export const signIn = async (cli: Cli, client: Client, credentials: Credentials): Promise<Session> => {
  const name = credentials.name ?? (await getAnswer(cli, cli.askText, { question: 'Name', flag: '--name' }))
  if (credentials.token !== undefined) {
    const password = credentials.password ?? (await chooseSecret(cli))
    return client.call('acceptInvitation', { body: { token: credentials.token, name, password } }, cli.signal)
  }
  const password = credentials.password ?? (await getAnswer(cli, cli.askSecret, secretQuestion))
  return signInByPassword(cli, client, { name, password })
}

const secretQuestion = { question: 'Password', flag: '--password-file' }

/** The code a server has when a one-time password is missing. */
const needsTotp = (error: unknown): boolean =>
  error instanceof ApiError && error.status === 401 && error.code.includes('totp')

const signInByPassword = async (
  cli: Cli,
  client: Client,
  body: { readonly name: string; readonly password: string },
): Promise<Session> => {
  try {
    return await client.call('signIn', { body }, cli.signal)
  } catch (error) {
    if (!needsTotp(error) || !cli.stdin.isTerminal) throw error
    const totp = await getAnswer(cli, cli.askText, { question: 'One-time password, six digits', flag: '--name' })
    return client.call('signIn', { body: { ...body, totp } }, cli.signal)
  }
}

const chooseSecret = async (cli: Cli): Promise<string> => {
  for (;;) {
    const first = await getAnswer(cli, cli.askSecret, { ...secretQuestion, question: 'Choose a password, 12 or more' })
    const second = await getAnswer(cli, cli.askSecret, { ...secretQuestion, question: 'The same once more' })
    if (first === second) return first
    cli.stderr.write('they differ; once more\n')
  }
}

const getAnswer = async (
  cli: Cli,
  ask: Cli['askText'],
  { question, flag }: { readonly question: string; readonly flag: string },
): Promise<string> => {
  if (!cli.stdin.isTerminal) throw new UsageError('sign in: nobody is here to be asked', `give it with ${flag}`)
  const answer = await ask(question)
  if (answer === undefined || answer === '') throw new UsageError('sign in: there was no answer')
  return answer
}
