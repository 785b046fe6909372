import { defineCommand } from '../command.ts'
import type { Cli } from '../cli.ts'
import type { Cluster, ServiceExec } from '../cluster/cluster.ts'
import { UsageError } from '../errors.ts'
import { serviceParameter, fileAliases, targetFlags } from '../parameters.ts'
import type { TargetFlags } from '../parameters.ts'
import { openCluster } from '../open-cluster.ts'
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
    await using connection = await openCluster(cli, flags)
    return await execInTask(cli, { cluster: connection.cluster, flags, request: { ref, task: service, argv } })
  },
})

interface Exec {
  readonly cluster: Cluster
  readonly flags: Flags
  readonly request: Pick<ServiceExec, 'ref' | 'task' | 'argv'>
}

const execInTask = async (cli: Cli, { cluster, flags, request }: Exec): Promise<number> => {
  const hasTerminal = flags.tty ?? (cli.stdin.isTerminal && cli.stdout.isTerminal)
  const ended = new AbortController()
  try {
    return await cluster.exec(
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
