import type { Reply } from '@atoll/api'
import { defineCommand } from '../../command.ts'
import { exitStatus } from '../../exit-status.ts'
import { contextFlag, jsonFlag } from '../../parameters.ts'
import type { ContextFlags, JsonFlags } from '../../parameters.ts'
import { listAll } from '../../platform/list-all.ts'
import { connectPlatform } from '../../platform/open-platform.ts'
import { screenOf } from '../../terminal/screen.ts'
import type { Screen } from '../../terminal/screen.ts'
import { renderTable, shorten } from '../../terminal/table.ts'

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
    else cli.stdout.write(`${renderTeams(items, screenOf(cli.stdout)).join('\n')}\n`)
    return exitStatus.good
  },
})

const renderTeams = (teams: readonly Team[], screen: Screen): readonly string[] =>
  teams.length === 0
    ? ['no team that you have a role in']
    : renderTable(
        ['TEAM', 'APPS', 'PEOPLE'],
        teams.map(({ name, apps, people }) => [
          screen.palette.bold(name),
          apps.join(', ') || screen.palette.dim('none'),
          people.map((person) => `${person.name} (${person.role})`).join(', ') || screen.palette.dim('nobody'),
        ]),
        { ...screen, spare: shorten('PEOPLE', 'APPS') },
      )
