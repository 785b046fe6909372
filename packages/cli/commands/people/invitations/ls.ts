import type { Reply } from '@atoll/api'
import { defineCommand } from '../../../command.ts'
import { exitStatus } from '../../../exit-status.ts'
import { contextFlag, jsonFlag } from '../../../parameters.ts'
import type { ContextFlags, JsonFlags } from '../../../parameters.ts'
import { listAll } from '../../../platform/list-all.ts'
import { connectPlatform } from '../../../platform/open-platform.ts'
import { renderGrants } from '../../../terminal/grants.ts'
import { screenOf } from '../../../terminal/screen.ts'
import type { Screen } from '../../../terminal/screen.ts'
import { drop, renderTable, shorten } from '../../../terminal/table.ts'
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
    else cli.stdout.write(`${renderInvitations(found, screenOf(cli.stdout)).join('\n')}\n`)
    return exitStatus.good
  },
})

const renderInvitations = (invitations: readonly Invitation[], screen: Screen): readonly string[] =>
  invitations.length === 0
    ? ['no invitation waits for somebody']
    : renderTable(
        ['ID', 'ROLE', 'FOR', 'BY', 'UNTIL'],
        invitations.map(({ id, grants, email, by, expiresAtMs }) => [
          id,
          screen.palette.bold(renderGrants(grants)),
          email ?? 'who has the link',
          by ?? 'atoll init',
          renderMoment(expiresAtMs),
        ]),
        { ...screen, spare: [...drop('BY'), ...shorten('ROLE', 'FOR')] },
      )
