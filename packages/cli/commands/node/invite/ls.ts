import type { Reply } from '@atoll/api'
import { defineCommand } from '../../../command.ts'
import { exitStatus } from '../../../exit-status.ts'
import { contextFlag, jsonFlag } from '../../../parameters.ts'
import type { ContextFlags, JsonFlags } from '../../../parameters.ts'
import { listAll } from '../../../platform/list-all.ts'
import { connectPlatform } from '../../../platform/open-platform.ts'
import { screenOf } from '../../../terminal/screen.ts'
import type { Screen } from '../../../terminal/screen.ts'
import { drop, renderTable } from '../../../terminal/table.ts'
import { renderMoment } from '../../../terminal/time.ts'

type Invitation = Reply<'listServerInvitations'>['items'][number]

export const command = defineCommand<JsonFlags & ContextFlags, []>({
  description: 'Those that a server can come with, and what came of those that were used within the last hour.',
  examples: [
    ['atoll node invite ls', 'which are open, and what came of the last ones'],
    ['atoll node invite ls --json', 'as data'],
  ],
  parameters: { flags: { ...jsonFlag, ...contextFlag } },
  run: async (cli, flags) => {
    await using connection = await connectPlatform(cli, flags)
    const found = await listAll((query) => connection.client.call('listServerInvitations', { query }, cli.signal))
    if (flags.json) cli.stdout.write(`${JSON.stringify(found)}\n`)
    else cli.stdout.write(`${renderInvitations(found, screenOf(cli.stdout)).join('\n')}\n`)
    return exitStatus.good
  },
})

const renderInvitations = (invitations: readonly Invitation[], screen: Screen): readonly string[] =>
  invitations.length === 0
    ? ['no server is invited']
    : renderTable(
        ['ID', 'NAME', 'ZONE', 'ROLE', 'BY', 'STATE'],
        invitations.map((invitation) => [
          invitation.id,
          invitation.name ?? '-',
          invitation.zone ?? '-',
          invitation.role ?? 'as needed',
          invitation.by,
          renderState(invitation, screen),
        ]),
        { ...screen, spare: drop('BY', 'NAME') },
      )

const renderState = ({ taken, end, expiresAtMs }: Invitation, { palette }: Screen): string => {
  if (taken === undefined) return `open until ${renderMoment(expiresAtMs)}`
  if (end === 'joined') return palette.green(`joined from ${taken.address}`)
  if (end === 'refused') return palette.red(`refused, from ${taken.address}`)
  return `${taken.address} is joining`
}
