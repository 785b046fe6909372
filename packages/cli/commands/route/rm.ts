import type { Outcome } from '@atoll/deploy'
import type { Cli } from '../../cli.ts'
import { defineCommand } from '../../command.ts'
import { conductDeployment } from '../../conduct-deployment.ts'
import { fileAliases, targetFlags } from '../../parameters.ts'
import type { TargetFlags } from '../../parameters.ts'
import { findRef } from '../../project/find-ref.ts'
import { renderRemovedRoute } from '../../terminal/changed-route.ts'

export const command = defineCommand<TargetFlags, [route: string]>({
  description: `Makes a new release that differs in this alone; no task is restarted. A route is named as "atoll route ls" and "atoll route
test" do. The next deploy of the files brings it back, unless it is taken out of them too.`,
  usage: 'ROUTE',
  examples: [
    ['atoll route rm shop.example.org/api', 'of the app of this folder'],
    ["atoll route rm 'shop.example.org = /login' --app shop/staging", 'of another; a name with spaces in quotes'],
  ],
  parameters: {
    flags: targetFlags,
    aliases: fileAliases,
    positional: {
      kind: 'tuple',
      parameters: [
        {
          parse: String,
          brief: 'Route as it is listed',
          placeholder: 'route',
          proposeCompletions: proposeRoutes,
        },
      ],
    },
  },
  run: async (cli, flags, route) => {
    const ref = findRef(cli, flags)
    let outcome: Outcome | undefined
    const status = await conductDeployment(cli, flags, async (cluster, options) => {
      outcome = await cluster.removeRoute({ ref, route }, options)
      return outcome
    })
    if (!flags.json && outcome?.kind === 'converged') cli.stdout.write(`\n${renderRemovedRoute()}`)
    return status
  },
})

async function proposeRoutes(this: Cli, partial: string): Promise<readonly string[]> {
  return (await import('../../propose.ts')).proposeRoutes(this, partial)
}
