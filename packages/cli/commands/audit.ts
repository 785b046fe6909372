import type { Reply } from '@atoll/api'
import type { Cli } from '../cli.ts'
import { defineCommand } from '../command.ts'
import { UsageError } from '../errors.ts'
import { exitStatus } from '../exit-status.ts'
import { contextFlag, jsonFlag } from '../parameters.ts'
import type { ContextFlags, JsonFlags } from '../parameters.ts'
import { listAll } from '../platform/list-all.ts'
import { connectPlatform } from '../platform/open-platform.ts'
import type { Palette } from '../terminal/palette.ts'
import { renderTable } from '../terminal/table.ts'
import { renderMoment } from '../terminal/time.ts'

type Entry = Reply<'listAudit'>['items'][number]

export const command = defineCommand<JsonFlags & ContextFlags, [verify?: 'verify']>({
  description: `Every change of the cluster that went through its platform, newest first, and who made it. Each entry holds the hash of
the one before: "verify" proves here that none was changed, and ends with status 1 when one was.`,
  usage: '[verify]',
  examples: [
    ['atoll audit', 'who did what, and when'],
    ['atoll audit --json', 'as data, with what was before and after'],
    ['atoll audit verify', 'proves that nobody changed it afterwards'],
  ],
  parameters: {
    flags: { ...jsonFlag, ...contextFlag },
    positional: {
      kind: 'tuple',
      parameters: [{ parse: parseVerify, optional: true, brief: 'Check the chain of hashes', placeholder: 'verify' }],
    },
  },
  run: async (cli, flags, verify) => {
    await using connection = await connectPlatform(cli, flags)
    const entries = await listAll((query) => connection.client.call('listAudit', { query }, cli.signal))
    if (verify !== undefined) return verifyChain(cli, entries, flags)
    if (flags.json) cli.stdout.write(`${JSON.stringify(entries)}\n`)
    else cli.stdout.write(`${renderEntries(entries, cli.stdout.palette).join('\n')}\n`)
    return exitStatus.good
  },
})

/** Checked here and not in the cluster: who could change the entries could make it say anything. */
const verifyChain = async (cli: Cli, entries: readonly Entry[], { json }: JsonFlags): Promise<number> => {
  const { verifyAudit } = await import('@atoll/control')
  const broken = verifyAudit(entries)
  const told = { entries: entries.length, ...(broken === undefined ? {} : { brokenAt: broken.sequence }) }
  const words =
    broken === undefined
      ? `all ${entries.length} entries are as they were written`
      : `entry ${broken.sequence} is not what was written, or the one before it is missing`
  cli.stdout.write(json ? `${JSON.stringify(told)}\n` : `${words}\n`)
  return broken === undefined ? exitStatus.good : exitStatus.failed
}

function parseVerify(input: string): 'verify' {
  if (input === 'verify') return input
  throw new UsageError(`"${input}": the only word after audit is verify`)
}

const renderEntries = (entries: readonly Entry[], palette: Palette): readonly string[] =>
  renderTable(
    ['NUMBER', 'WHEN', 'WHO', 'WHAT', 'OF', 'FROM'],
    entries.map(({ sequence, atMs, by, action, subject, address }) => [
      String(sequence),
      renderMoment(atMs),
      by,
      action,
      subject,
      palette.dim(address),
    ]),
    palette,
  )
