import { resolve } from 'node:path'
import { hasErrors } from '@atoll/spec'
import { importLabels } from '@atoll/spec/import'
import type { Imported } from '@atoll/spec/import'
import type { Cli } from '../../cli.ts'
import { defineCommand } from '../../command.ts'
import { CommandError, UsageError } from '../../errors.ts'
import { exitStatus } from '../../exit-status.ts'
import { jsonFlag } from '../../parameters.ts'
import type { JsonFlags } from '../../parameters.ts'
import { decode, readFile } from '../../project/read-file.ts'
import { replaceFile } from '../../project/replace-file.ts'
import { count } from '../../terminal/problems.ts'
import { note, warn } from '../../warn.ts'

type Flags = JsonFlags & { readonly write: boolean }

export const command = defineCommand<Flags, [...files: string[]]>({
  description: `Labels that make one thing, a router of Traefik (2 and 3) with its middlewares or a site of caddy-docker-proxy, become routes
all together, or stay; each that stays is told with the reason and what to do instead, and so is what becomes a little different.
The files are printed with routes in the place of labels, comments kept; --write changes them. docs/import.md says what becomes of what.

Ends with status 1 while labels are left: deploy only when none is, or what they guarded is open.`,
  usage: 'FILE... [--write]',
  examples: [
    ['atoll import labels compose.yaml', 'what it would become, and what would stay'],
    ['atoll import labels compose.yaml --write', 'changes the file'],
    ['atoll import labels compose.yaml --json', 'text and problems as data'],
  ],
  parameters: {
    flags: {
      ...jsonFlag,
      write: { kind: 'boolean', brief: 'Change the files', default: false, withNegated: false },
    },
    positional: {
      kind: 'array',
      minimum: 1,
      parameter: { parse: String, brief: 'Compose file; "-" is standard input', placeholder: 'file' },
    },
  },
  run: async (cli, flags, ...files) => {
    if (flags.write && files.includes('-'))
      throw new UsageError('--write: standard input is no file to change', 'name the file')
    const turned = files.map((file) => turnFile(cli, file))
    if (flags.write) for (const each of turned) await writeBack(cli, each)
    if (flags.json) cli.stdout.write(`${JSON.stringify(turned.map(({ before: _before, ...shown }) => shown))}\n`)
    else tell(cli, turned, flags)
    return turned.some(({ problems }) => hasErrors(problems)) ? exitStatus.failed : exitStatus.good
  },
})

interface TurnedFile extends Imported {
  /** As the person named it. */
  readonly file: string
  /** What was read. */
  readonly before: string
}

const turnFile = (cli: Cli, file: string): TurnedFile => {
  const read = file === '-' ? decode(cli.stdin.readBytes()) : readFile(resolve(cli.config.workingDir, file))
  if (read.kind !== 'text') throw new CommandError('unreadable', `read ${file}: ${reasons[read.kind]}`)
  return { file, before: read.text, ...importLabels(read.text, file) }
}

const reasons = {
  absent: 'there is no such file',
  folder: 'it is a folder, name its compose file',
  binary: 'it is no text of UTF-8',
  'too-large': 'it is larger than any compose file',
  unreadable: 'it cannot be read',
}

const writeBack = async (cli: Cli, { file, before, text }: TurnedFile): Promise<void> => {
  if (text !== before) await replaceFile(resolve(cli.config.workingDir, file), { before, text })
}

const tell = (cli: Cli, turned: readonly TurnedFile[], { write }: Flags): void => {
  for (const { file, text, before, routes } of turned) {
    if (write) cli.stdout.write(`${file}: ${text === before ? 'not changed' : `changed, ${count(routes, 'route')}`}\n`)
    else cli.stdout.write(turned.length === 1 ? text : `--- # ${file}\n${text}`)
  }
  const problems = turned.flatMap((each) => each.problems)
  warn(cli, problems)
  if (hasErrors(problems))
    note(cli, 'labels are left: turn or remove each before you deploy, or what it guarded is open')
}
