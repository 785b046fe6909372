import type { Problem } from '@atoll/spec'
import type { Cli } from './cli.ts'
import { InterruptedError, InvalidInputError, UsageError } from './errors.ts'
import { exitStatus } from './exit-status.ts'
import { shortenPath } from './project/shorten-path.ts'
import { renderError } from './terminal/error.ts'
import { renderProblems } from './terminal/problems.ts'

/** Prints what went wrong and what to do next; with `--json` the same as data. Gives the exit status. */
export const reportFailure = (cli: Cli, error: unknown, { asJson }: { readonly asJson: boolean }): number => {
  const failure = toFailure(cli.signal.aborted && !(error instanceof InterruptedError) ? interrupt(error) : error)
  if (asJson) cli.stdout.write(`${JSON.stringify(failure.data)}\n`)
  cli.stderr.write(renderFailure(cli, failure))
  return failure.status
}

/** The same as data, for who is told by another way than this terminal. */
export const describeFailure = (error: unknown): unknown => toFailure(error).data

interface Failure {
  readonly status: number
  readonly message: string
  readonly hint?: string
  readonly problems?: readonly Problem[]
  readonly data: unknown
  /** Of what nobody foresaw: whoever mends it needs the place. */
  readonly stack?: string
}

/** Every error we foresee has a code of its own. */
const bug = 'bug'

/** What a wait says when its signal ends is of no use to the person who ended it. */
const interrupt = (cause: unknown): InterruptedError => new InterruptedError('interrupted', { cause })

const toFailure = (error: unknown): Failure => {
  if (error instanceof InvalidInputError) {
    const { problems, message } = error
    return { status: exitStatus.badInput, message, problems, data: { problems } }
  }
  const message = error instanceof Error ? error.message : String(error)
  const hint = findText(error, 'hint')
  const code = findText(error, 'code') ?? bug
  const data = { error: { code, message, ...(hint === undefined ? {} : { hint }) } }
  const stack = code === bug && error instanceof Error ? error.stack : undefined
  return {
    status: statusOf(error),
    message,
    data,
    ...(hint === undefined ? {} : { hint }),
    ...(stack === undefined ? {} : { stack }),
  }
}

const statusOf = (error: unknown): number => {
  if (error instanceof UsageError) return exitStatus.badInput
  if (error instanceof InterruptedError) return exitStatus.interrupted
  return findText(error, 'code') === 'busy' ? exitStatus.busy : exitStatus.failed
}

const renderFailure = (cli: Cli, { message, hint, problems, stack }: Failure): string => {
  const { palette } = cli.stderr
  if (problems !== undefined)
    return renderProblems(
      problems.map((problem) => shorten(problem, cli)),
      palette,
    )
  if (stack !== undefined) return `${palette.red('a bug in Atoll:')} ${stack}\n`
  return renderError(message, hint, palette)
}

/** A control knows the files by the paths they were sent under. */
const shorten = (problem: Problem, { config }: Cli): Problem => ({
  ...problem,
  path: shortenPath(problem.path, config.workingDir),
})

const findText = (error: unknown, key: string): string | undefined => {
  if (typeof error !== 'object' || error === null) return undefined
  const value: unknown = Reflect.get(error, key)
  return typeof value === 'string' ? value : undefined
}
