import { downLab, listTraces, withProgress } from '@atoll/lab'
import type { Leftover, RemovalReport } from '@atoll/lab'
import type { Cli } from '../../cli.ts'
import { defineCommand } from '../../command.ts'
import { UsageError } from '../../errors.ts'
import { exitStatus } from '../../exit-status.ts'
import { createLabContext, labAliases, labFlags, runReported } from './lab-command.ts'
import type { LabFlags } from './lab-command.ts'

type Flags = LabFlags & { readonly all: boolean }

export const command = defineCommand<Flags, []>({
  description:
    'Looks for processes, mounts, disks, namespaces, links, firewall rules, cgroups and files that bear its mark, removes\nthem, and looks again: ends with status 1 and a list when anything is left. Half-built and crashed labs too.',
  examples: [
    ['atoll lab down', 'the only lab'],
    ['atoll lab down --all', 'every lab of this machine'],
  ],
  parameters: {
    flags: {
      ...labFlags,
      all: { kind: 'boolean', brief: 'Every lab, recorded or not', default: false, withNegated: false },
    },
    aliases: labAliases,
  },
  run: (cli, flags) =>
    runReported(cli, async () => {
      const context = createLabContext(cli)
      const results: Result[] = []
      for (const name of await chooseNames(cli, flags)) {
        const remove = () => downLab(name, context)
        results.push({
          name,
          ...(await withProgress({ what: `removing lab ${name}`, onProgress: context.onProgress }, remove)),
        })
      }
      cli.stdout.write(flags.json ? `${JSON.stringify(results)}\n` : renderResults(results))
      return results.every((result) => result.remaining.length === 0) ? exitStatus.good : exitStatus.failed
    }),
})

type Result = RemovalReport & { readonly name: string }

/** A lab that was never recorded, or whose record is gone, counts as much as any other. */
const chooseNames = async (cli: Cli, { name, all }: Flags): Promise<readonly string[]> => {
  if (name !== undefined) return [name]
  const traces = await listTraces(createLabContext(cli).home)
  if (all || traces.length <= 1) return traces
  throw new UsageError('remove a lab: there are several', `say --all, or --name ${traces.join(', or ')}`)
}

const renderResults = (results: readonly Result[]): string => {
  if (results.length === 0) return 'no labs here, and no traces of one\n'
  return results.map(renderResult).join('')
}

const renderResult = ({ name, found, remaining }: Result): string => {
  if (found.length === 0) return `lab ${name}: nothing of it was here\n`
  const removed = `lab ${name}: found ${renderCounts(found)}`
  if (remaining.length === 0) return `${removed}; all removed, nothing is left\n`
  const lines = remaining.map((left) => `  ${left.kind} ${left.name}`)
  return `${removed}; these are still here:\n${lines.join('\n')}\n`
}

const renderCounts = (items: readonly Leftover[]): string => {
  const counts = new Map<string, number>()
  for (const { kind } of items) counts.set(kind, (counts.get(kind) ?? 0) + 1)
  return [...counts].map(([kind, count]) => `${count} ${plural(kind, count)}`).join(', ')
}

const plural = (kind: string, count: number): string =>
  count === 1 ? kind : kind === 'process' ? 'processes' : `${kind}s`
