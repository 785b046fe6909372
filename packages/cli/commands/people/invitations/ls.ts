import type { Reply } from '@atoll/api'
import { defineCommand } from '../../../command.ts'
import { exitStatus } from '../../../exit-status.ts'
import { contextFlag, jsonFlag } from '../../../parameters.ts'
import type { ContextFlags, JsonFlags } from '../../../parameters.ts'
import { listAll } from '../../../platform/list-all.ts'
import { connectPlatform } from '../../../platform/open-platform.ts'
import { renderGrants } from '../../../terminal/grants.ts'
import type { Palette } from '../../../terminal/palette.ts'
import { renderTable } from '../../../terminal/table.ts'
import { renderMoment } from '../../../terminal/time.ts'

type Invitation = Reply<'listInvitations'>['items'][number]

export const command = defineCommand<JsonFlags & ContextFlags, []>({
  examples: [
    ['atoll people invitations ls', 'those that nobody took yet'],
    ['atoll people invitations ls --json', 'as data'],
  ],
  parameters: { flags: { ...jsonFlag, ...contextFlag } },
  run: async (cli, flags) => {
    await using connection = await connectPlatform(cli, flags)
    const found = await listAll((query) => connection.client.call('listInvitations', { query }, cli.signal))
    if (flags.json) cli.stdout.write(`${JSON.stringify(found)}\n`)
    else cli.stdout.write(`${renderInvitations(found, cli.stdout.palette).join('\n')}\n`)
    return exitStatus.good
  },
})

const renderInvitations = (invitations: readonly Invitation[], palette: Palette): readonly string[] =>
  invitations.length === 0
    ? ['no invitation waits for somebody']
    : renderTable(
        ['ID', 'ROLE', 'FOR', 'BY', 'UNTIL'],
        invitations.map(({ id, grants, email, by, expiresAtMs }) => [
          id,
          palette.bold(renderGrants(grants)),
          email ?? 'who has the link',
          by ?? 'atoll init',
          renderMoment(expiresAtMs),
        ]),
        palette,
      )
