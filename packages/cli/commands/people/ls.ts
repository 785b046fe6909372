import type { Reply } from '@atoll/api'
import { defineCommand } from '../../command.ts'
import { exitStatus } from '../../exit-status.ts'
import { contextFlag, jsonFlag } from '../../parameters.ts'
import type { ContextFlags, JsonFlags } from '../../parameters.ts'
import { listAll } from '../../platform/list-all.ts'
import { connectPlatform } from '../../platform/open-platform.ts'
import { renderGrants } from '../../terminal/grants.ts'
import type { Palette } from '../../terminal/palette.ts'
import { screenOf } from '../../terminal/screen.ts'
import type { Screen } from '../../terminal/screen.ts'
import { drop, renderTable, shorten } from '../../terminal/table.ts'
import { renderMoment } from '../../terminal/time.ts'

type Person = Reply<'listPeople'>['items'][number]

export const command = defineCommand<JsonFlags & ContextFlags, []>({
  examples: [
    ['atoll people ls', 'everybody, with what they may do'],
    ['atoll people ls --json', 'as data'],
  ],
  parameters: { flags: { ...jsonFlag, ...contextFlag } },
  run: async (cli, flags) => {
    await using connection = await connectPlatform(cli, flags)
    const people = await listAll((query) => connection.client.call('listPeople', { query }, cli.signal))
    if (flags.json) cli.stdout.write(`${JSON.stringify(people)}\n`)
    else cli.stdout.write(`${renderPeople(people, screenOf(cli.stdout)).join('\n')}\n`)
    return exitStatus.good
  },
})

const renderPeople = (people: readonly Person[], screen: Screen): readonly string[] =>
  renderTable(
    ['NAME', 'ROLE', 'ONE-TIME PASSWORDS', 'SINCE'],
    people.map(({ name, grants, createdAtMs, ...person }) => [
      screen.palette.bold(name),
      renderGrants(grants),
      renderFactor(person, screen.palette),
      renderMoment(createdAtMs),
    ]),
    { ...screen, spare: [...drop('SINCE'), ...shorten('ROLE', 'NAME')] },
  )

/** Who has no password is asked by the provider for whatever it asks for. */
const renderFactor = ({ hasTotp, hasPassword }: Pick<Person, 'hasTotp' | 'hasPassword'>, palette: Palette): string => {
  if (!hasPassword) return palette.dim("the provider's")
  return hasTotp ? 'yes' : palette.yellow('no')
}
