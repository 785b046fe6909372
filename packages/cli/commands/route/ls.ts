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

type ListedRoute = Reply<'listRoutes'>['items'][number]

export const command = defineCommand<JsonFlags & ContextFlags, []>({
  examples: [
    ['atoll route ls', 'every route of the apps you may see'],
    ['atoll route ls --json', 'as data'],
  ],
  parameters: { flags: { ...jsonFlag, ...contextFlag } },
  run: async (cli, flags) => {
    await using connection = await connectPlatform(cli, flags)
    const items = await listAll((query) => connection.client.call('listRoutes', { query }, cli.signal))
    if (flags.json) cli.stdout.write(`${JSON.stringify(items)}\n`)
    else cli.stdout.write(`${renderRoutes(items, screenOf(cli.stdout)).join('\n')}\n`)
    return exitStatus.good
  },
})

const renderRoutes = (routes: readonly ListedRoute[], screen: Screen): readonly string[] =>
  routes.length === 0
    ? ['no app has a route']
    : renderTable(
        ['ROUTE', 'APP', 'SERVICE', 'ANSWERING'],
        routes.map(({ route, app, environment, service, ready, wanted }) => [
          screen.palette.bold(route),
          `${app}/${environment}`,
          service,
          paint(screen, ready, wanted),
        ]),
        { ...screen, spare: shorten('ROUTE', 'APP') },
      )

/** A redirect is answered by the ingress itself. */
const paint = ({ palette }: Screen, ready: number, wanted: number | undefined): string => {
  if (wanted === 0) return palette.dim('ingress')
  const text = wanted === undefined ? String(ready) : `${ready}/${wanted}`
  return ready === 0 ? palette.red(text) : wanted !== undefined && ready < wanted ? palette.yellow(text) : text
}
