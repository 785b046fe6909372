import { defineCommand } from '../command.ts'
import type { Cli } from '../cli.ts'
import { UsageError } from '../errors.ts'
import { exitStatus } from '../exit-status.ts'
import type { Copied, Copy } from '../files/copy.ts'
import { parsePlace } from '../files/place.ts'
import type { LocalPlace, TaskPlace } from '../files/place.ts'
import { fileAliases, targetFlags } from '../parameters.ts'
import type { TargetFlags } from '../parameters.ts'
import { openCluster } from '../open-cluster.ts'
import { findRef } from '../project/find-ref.ts'
import { createCopyProgress } from '../terminal/copy-progress.ts'
import { count } from '../terminal/problems.ts'
import { renderBytes } from '../terminal/size.ts'
import { note } from '../warn.ts'

export const command = defineCommand<TargetFlags, [from: string, to: string]>({
  description:
    'One end is SERVICE:PATH, or SERVICE.SLOT:PATH. Folders go with all that is in them; /. at the end means only that. "-" is a tar.\nRights and links are kept, owners are not: what is copied to a task belongs to root there. Files a task keeps in memory alone (tmpfs) are not seen.',
  usage: 'FROM TO',
  examples: [
    ['atoll cp web:/var/log/app.log .', 'a file of the newest task of web'],
    ['atoll cp dump.sql db.1:/tmp/', 'into a folder of a task'],
    ['atoll cp web:/srv/uploads - | tar t', 'as a tar, to look what is in it'],
  ],
  parameters: {
    flags: targetFlags,
    aliases: fileAliases,
    positional: {
      kind: 'tuple',
      parameters: [
        { parse: String, brief: 'What is copied', placeholder: 'from', proposeCompletions: proposePlaces },
        { parse: String, brief: 'Where to', placeholder: 'to', proposeCompletions: proposePlaces },
      ],
    },
  },
  run: async (cli, flags, from, to) => {
    const ends = pairEnds(parsePlace(from), parsePlace(to))
    const ref = findRef(cli, flags)
    await using connection = await openCluster(cli, flags)
    const { cluster } = connection
    const place = ends.kind === 'out' ? ends.from : ends.to
    const doing = ends.kind === 'out' ? `copy from ${place.task}` : `copy to ${place.task}`
    const task = await cluster.findTask({ ref, task: place.task, doing }, cli.signal)
    using progress = createCopyProgress(cli.stderr)
    const onSkip = (name: string): void => note(cli, `${name} is left out: it is no file, folder or link`)
    const copied = await run(cli, { cluster, ref, task, onBytes: progress.add, onSkip }, ends)
    progress[Symbol.dispose]()
    report(cli, { copied, tarBytes: progress.bytes(), task: task.name, asJson: flags.json })
    return exitStatus.good
  },
})

type Ends =
  | { readonly kind: 'out'; readonly from: TaskPlace; readonly to: LocalPlace }
  | { readonly kind: 'in'; readonly from: LocalPlace; readonly to: TaskPlace }

const pairEnds = (from: ReturnType<typeof parsePlace>, to: ReturnType<typeof parsePlace>): Ends => {
  if (from.kind === 'task' && to.kind !== 'task') return { kind: 'out', from, to }
  if (from.kind !== 'task' && to.kind === 'task') return { kind: 'in', from, to }
  throw new UsageError(
    from.kind === 'task' ? 'both ends are in tasks' : 'neither end is in a task',
    'write one end as SERVICE:PATH, and the other as a path of this machine or "-"',
  )
}

/** Archives are loaded when they are needed. */
const run = async (cli: Cli, copy: Copy, ends: Ends): Promise<Copied> => {
  if (ends.kind === 'in') return (await import('../files/copy-in.ts')).copyIn(cli, copy, ends)
  return (await import('../files/copy-out.ts')).copyOut(cli, copy, ends)
}

interface Report {
  readonly copied: Copied
  /** Sent or received, with what a tar adds to files. */
  readonly tarBytes: number
  readonly task: string
  readonly asJson: boolean
}

/** Who asked for the tar itself gets nothing else on standard output. */
const report = (cli: Cli, { copied: { name, contents }, tarBytes, task, asJson }: Report): void => {
  if (name === '-') return
  const text = asJson
    ? JSON.stringify({ name, task, ...(contents ?? { tarBytes }) })
    : `copied ${contents === undefined ? `a tar of ${renderBytes(tarBytes)}` : describe(contents)} to ${name}`
  cli.stdout.write(`${text}\n`)
}

const describe = ({ files, bytes }: NonNullable<Copied['contents']>): string =>
  `${count(files, 'file')} (${renderBytes(bytes)})`

async function proposePlaces(this: Cli, partial: string): Promise<readonly string[]> {
  const { proposeServices } = await import('../propose.ts')
  return proposeServices(this, partial).map((name) => `${name}:/`)
}
