import { defineCommand } from '../../command.ts'
import { exitStatus } from '../../exit-status.ts'
import { jsonFlag } from '../../parameters.ts'
import type { JsonFlags } from '../../parameters.ts'
import { readContexts } from '../../platform/contexts.ts'
import type { Contexts } from '../../platform/contexts.ts'
import { screenOf } from '../../terminal/screen.ts'
import type { Screen } from '../../terminal/screen.ts'
import { renderTable, shorten } from '../../terminal/table.ts'

export const command = defineCommand<JsonFlags, []>({
  examples: [
    ['atoll context ls', 'clusters you are signed in to; the arrow is at the current one'],
    ['atoll context ls --json', 'as data, without tokens'],
  ],
  parameters: { flags: jsonFlag },
  run: async (cli, flags) => {
    const found = await readContexts(cli.config.configDir)
    cli.stdout.write(flags.json ? `${JSON.stringify(toData(found))}\n` : renderContexts(found, screenOf(cli.stdout)))
    return exitStatus.good
  },
})

const toData = ({ current, contexts }: Contexts) =>
  contexts.map(({ name, person, urls }) => ({ name, person, urls, isCurrent: name === current }))

const renderContexts = ({ current, contexts }: Contexts, screen: Screen): string => {
  if (contexts.length === 0) return 'you are signed in to no cluster; "atoll login URL" does it\n'
  const rows = contexts.map(({ name, person, urls }) => [
    `${name}${name === current ? screen.palette.green(' ←') : ''}`,
    person,
    urls.join(' '),
  ])
  return `${renderTable(['CLUSTER', 'AS', 'CONTROLS'], rows, { ...screen, spare: shorten('CONTROLS') }).join('\n')}\n`
}
