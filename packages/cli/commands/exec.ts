import type { ExecRequest } from '@atoll/engine'
import type { ObservedTask } from '@atoll/plan'
import { defineCommand } from '../command.ts'
import type { Cli, Connection } from '../cli.ts'
import { CommandError, UsageError } from '../errors.ts'
import { serviceParameter, fileAliases, targetFlags } from '../parameters.ts'
import type { TargetFlags } from '../parameters.ts'
import { findRef } from '../project/find-ref.ts'

type Flags = TargetFlags & {
  readonly user?: string
  readonly workdir?: string
  readonly variable?: readonly string[]
  readonly tty?: boolean
}

export const command = defineCommand<Flags, [service: string, ...argv: string[]]>({
  description:
    'The exit status is that of the command. A service with several tasks is entered at its newest; web.2 names one.\nIt has a terminal when you have one; --no-tty leaves it out.',
  usage: 'SERVICE -- COMMAND ...',
  examples: [
    ['atoll exec web -- sh', 'a shell in the newest task of web'],
    ['atoll exec web.2 -- env', 'in the second task of web'],
    ['atoll exec db -- pg_dump shop > shop.sql', 'output goes where you send it'],
  ],
  parameters: {
    flags: {
      ...targetFlags,
      user: { kind: 'parsed', parse: String, optional: true, brief: 'User, or user:group', placeholder: 'name' },
      workdir: { kind: 'parsed', parse: String, optional: true, brief: 'Folder in the container', placeholder: 'path' },
      variable: {
        kind: 'parsed',
        parse: String,
        optional: true,
        variadic: true,
        brief: 'Environment variable',
        placeholder: 'NAME=value',
      },
      tty: { kind: 'boolean', optional: true, brief: 'With a terminal' },
    },
    aliases: { ...fileAliases, u: 'user', w: 'workdir', e: 'variable' },
    positional: {
      kind: 'array',
      parameter: {
        ...serviceParameter,
        brief: 'Service or task, then the command after --',
        placeholder: 'service -- command',
      },
      minimum: 2,
    },
  },
  run: async (cli, flags, service, ...argv) => {
    const ref = findRef(cli, flags)
    await using connection = await cli.connect(flags.engine)
    const observed = await connection.context.engine.observe(ref, cli.signal)
    const found = observed.services.find(
      (each) => each.isOwned && isNamed(each.definition?.name ?? each.engineName, service),
    )
    const task = found?.tasks.find((each) => isRunning(each) && isSlot(each, service))
    if (task === undefined) throw notRunning(service, `${ref.app}/${ref.environment}`)
    return execInTask(cli, { connection, flags, request: { taskId: task.id, argv } })
  },
})

const isNamed = (name: string, wanted: string): boolean => name === wanted || name === wanted.replace(/\.[^.]+$/, '')

const isSlot = (task: ObservedTask, wanted: string): boolean => {
  const [, slot] = /\.(\d+)$/.exec(wanted) ?? []
  return slot === undefined || task.slot === Number(slot)
}

const isRunning = (task: ObservedTask): boolean => task.state === 'running' && task.desired === 'running'

const notRunning = (service: string, name: string): CommandError =>
  new CommandError('not-found', `run a command in ${service} of ${name}: it has no running task`, {
    hint: `"atoll status ${name}" says what runs and why not`,
  })

interface Exec {
  readonly connection: Connection
  readonly flags: Flags
  readonly request: Pick<ExecRequest, 'taskId' | 'argv'>
}

const execInTask = async (cli: Cli, { connection, flags, request }: Exec): Promise<number> => {
  const hasTerminal = flags.tty ?? (cli.stdin.isTerminal && cli.stdout.isTerminal)
  const ended = new AbortController()
  try {
    return await connection.context.engine.exec(
      {
        ...request,
        ...(flags.user === undefined ? {} : { user: flags.user }),
        ...(flags.workdir === undefined ? {} : { workingDir: flags.workdir }),
        environment: Object.fromEntries((flags.variable ?? []).map(parseVariable)),
        ...(hasTerminal ? { tty: sizeOf(cli) } : {}),
        stdin: cli.stdin.chunks({ isRaw: hasTerminal && cli.stdin.isTerminal, signal: ended.signal }),
        onResize: (listener) => cli.stdout.onResize(() => listener(sizeOf(cli)), ended.signal),
        stdout: (chunk) => cli.stdout.write(chunk),
        stderr: (chunk) => cli.stderr.write(chunk),
      },
      cli.signal,
    )
  } finally {
    ended.abort()
  }
}

const sizeOf = (cli: Cli): { readonly columns: number; readonly rows: number } => ({
  columns: cli.stdout.columns(),
  rows: cli.stdout.rows(),
})

const parseVariable = (text: string): [string, string] => {
  const at = text.indexOf('=')
  if (at < 1) throw new UsageError(`--variable ${text}: write it as NAME=value`)
  return [text.slice(0, at), text.slice(at + 1)]
}
