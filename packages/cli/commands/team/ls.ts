import type { Reply } from '@atoll/api'
import { defineCommand } from '../../command.ts'
import { exitStatus } from '../../exit-status.ts'
import { contextFlag, jsonFlag } from '../../parameters.ts'
import type { ContextFlags, JsonFlags } from '../../parameters.ts'
import { listAll } from '../../platform/list-all.ts'
import { connectPlatform } from '../../platform/open-platform.ts'
import type { Palette } from '../../terminal/palette.ts'
import { renderTable } from '../../terminal/table.ts'

type Team = Reply<'listTeams'>['items'][number]

export const command = defineCommand<JsonFlags & ContextFlags, []>({
  examples: [
    ['atoll team ls', 'teams you have a role in, with their apps and people'],
    ['atoll team ls --json', 'as data'],
  ],
  parameters: { flags: { ...jsonFlag, ...contextFlag } },
  run: async (cli, flags) => {
    await using connection = await connectPlatform(cli, flags)
    const items = await listAll((query) => connection.client.call('listTeams', { query }, cli.signal))
    if (flags.json) cli.stdout.write(`${JSON.stringify(items)}\n`)
    else cli.stdout.write(`${renderTeams(items, cli.stdout.palette).join('\n')}\n`)
    return exitStatus.good
  },
})

const renderTeams = (teams: readonly Team[], palette: Palette): readonly string[] =>
  teams.length === 0
    ? ['no team that you have a role in']
    : renderTable(
        ['TEAM', 'APPS', 'PEOPLE'],
        teams.map(({ name, apps, people }) => [
          palette.bold(name),
          apps.join(', ') || palette.dim('none'),
          people.map((person) => `${person.name} (${person.role})`).join(', ') || palette.dim('nobody'),
        ]),
        palette,
      )
