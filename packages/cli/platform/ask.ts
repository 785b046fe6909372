import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Cli } from '../cli.ts'
import { UsageError } from '../errors.ts'

/** What is asked, and the flag that says it where nobody can be asked. */
interface Question {
  readonly question: string
  readonly flag: string
}

/** What a person answers. Throws UsageError where nobody is there, or says nothing. */
export const askFor = async (
  { stdin }: Pick<Cli, 'stdin'>,
  ask: Cli['askText'],
  { question, flag }: Question,
): Promise<string> => {
  if (!stdin.isTerminal) throw new UsageError(`${question}: nobody is here to be asked`, `give it with ${flag}`)
  const answer = await ask(question)
  if (answer === undefined || answer === '') throw new UsageError(`${question}: there was no answer`)
  return answer
}

/** Of a file without the end of its line; `-` is standard input. */
export const readTextFile = ({ stdin, config }: Pick<Cli, 'stdin' | 'config'>, path: string): string => {
  const bytes = path === '-' ? stdin.readBytes() : readFileSync(resolve(config.workingDir, path))
  return new TextDecoder().decode(bytes).replace(/\r?\n$/, '')
}

/** A password that is there already: from the file, or asked for. */
export const givePassword = async (cli: Cli, path: string | undefined, question = 'Password'): Promise<string> =>
  path === undefined ? askFor(cli, cli.askSecret, { question, flag: '--password-file' }) : readTextFile(cli, path)

/** A new one: from the file, or asked for twice. */
export const choosePassword = async (
  cli: Cli,
  { path, flag }: { readonly path: string | undefined; readonly flag: string },
): Promise<string> => {
  if (path !== undefined) return readTextFile(cli, path)
  for (;;) {
    const first = await askFor(cli, cli.askSecret, { question: 'Choose a password, 12 or more', flag })
    const second = await askFor(cli, cli.askSecret, { question: 'The same once more', flag })
    if (first === second) return first
    cli.stderr.write('they differ; once more\n')
  }
}

/** Six digits are a one-time password; everything else is taken for a recovery code. */
export const toFactor = (code: string): { readonly totp: string } | { readonly recoveryCode: string } =>
  /^\d{6}$/.test(code.trim()) ? { totp: code.trim() } : { recoveryCode: code.trim() }

export const factorQuestion: Question = { question: 'One-time password, or a recovery code', flag: '--code' }
