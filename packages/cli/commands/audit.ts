import type { Reply } from '@atoll/api'
import { defineCommand } from '../command.ts'
import { exitStatus } from '../exit-status.ts'
import { contextFlag, jsonFlag } from '../parameters.ts'
import type { ContextFlags, JsonFlags } from '../parameters.ts'
import { listAll } from '../platform/list-all.ts'
import { connectPlatform } from '../platform/open-platform.ts'
import type { Palette } from '../terminal/palette.ts'
import { renderTable } from '../terminal/table.ts'
import { renderMoment } from '../terminal/time.ts'

type Entry = Reply<'listAudit'>['items'][number]

export const command = defineCommand<JsonFlags & ContextFlags, []>({
  description: 'Every change of the cluster that went through its platform, newest first, and who made it.',
  examples: [
    ['atoll audit', 'who did what, and when'],
    ['atoll audit --json', 'as data, with what was before and after'],
  ],
  parameters: { flags: { ...jsonFlag, ...contextFlag } },
  run: async (cli, flags) => {
    await using connection = await connectPlatform(cli, flags)
    const entries = await listAll((query) => connection.client.call('listAudit', { query }, cli.signal))
    if (flags.json) cli.stdout.write(`${JSON.stringify(entries)}\n`)
    else cli.stdout.write(`${renderEntries(entries, cli.stdout.palette).join('\n')}\n`)
    return exitStatus.good
  },
})

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
