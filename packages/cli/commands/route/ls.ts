import { defineCommand } from '../../command.ts'
import { exitStatus } from '../../exit-status.ts'
import { contextFlag, jsonFlag } from '../../parameters.ts'
import type { ContextFlags, JsonFlags } from '../../parameters.ts'
import { listAll } from '../../platform/list-all.ts'
import { connectPlatform } from '../../platform/open-platform.ts'
import { renderRoutes } from '../../terminal/routes.ts'
import { screenOf } from '../../terminal/screen.ts'

export const command = defineCommand<JsonFlags & ContextFlags, []>({
  description: `Every route with the service that answers it and how many of its tasks do. Below, what an ingress does not take, and why.`,
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
