import type { Reply } from '@atoll/api'
import { defineCommand } from '../../command.ts'
import { exitStatus } from '../../exit-status.ts'
import { contextFlag, jsonFlag } from '../../parameters.ts'
import type { ContextFlags, JsonFlags } from '../../parameters.ts'
import { listAll } from '../../platform/list-all.ts'
import { connectPlatform } from '../../platform/open-platform.ts'
import { renderGrants } from '../../terminal/grants.ts'
import { screenOf } from '../../terminal/screen.ts'
import type { Screen } from '../../terminal/screen.ts'
import { drop, renderTable, shorten } from '../../terminal/table.ts'
import { renderMoment } from '../../terminal/time.ts'

type Token = Reply<'listTokens'>['items'][number]

export const command = defineCommand<JsonFlags & ContextFlags, []>({
  examples: [
    ['atoll token ls', 'yours; all of them for an owner'],
    ['atoll token ls --json', 'as data'],
  ],
  parameters: { flags: { ...jsonFlag, ...contextFlag } },
  run: async (cli, flags) => {
    await using connection = await connectPlatform(cli, flags)
    const tokens = await listAll((query) => connection.client.call('listTokens', { query }, cli.signal))
    if (flags.json) cli.stdout.write(`${JSON.stringify(tokens)}\n`)
    else cli.stdout.write(`${renderTokens(tokens, screenOf(cli.stdout)).join('\n')}\n`)
    return exitStatus.good
  },
})

const renderTokens = (tokens: readonly Token[], screen: Screen): readonly string[] => {
  if (tokens.length === 0) return ['no tokens; "atoll token create" makes one']
  const rows = tokens.map(({ id, name, owner, grants, expiresAtMs }) => [
    id,
    screen.palette.bold(name),
    owner,
    renderGrants(grants),
    renderMoment(expiresAtMs),
  ])
  return renderTable(['ID', 'NAME', 'OF', 'ROLE', 'GOOD UNTIL'], rows, {
    ...screen,
    spare: [...drop('OF'), ...shorten('ROLE', 'NAME')],
  })
}
