import type { Outcome } from '@atoll/deploy'
import { defineCommand } from '../../command.ts'
import { conductIfNeeded } from '../../conduct-deployment.ts'
import { UsageError } from '../../errors.ts'
import { fileAliases, serviceParameter, targetFlags } from '../../parameters.ts'
import type { TargetFlags } from '../../parameters.ts'
import { parseFields } from '../../parse-fields.ts'
import { findRef } from '../../project/find-ref.ts'
import { renderAddedRoute } from '../../terminal/changed-route.ts'

export const command = defineCommand<TargetFlags, [service: string, ...fields: string[]]>({
  description: `Makes a new release that differs in this alone; no task is restarted. The keys are those of x-atoll.routes in a compose
file (docs/routes.md), and so are their values: what begins with { or [ is YAML, anything else is taken as it is.

The next deploy of the files takes it away again, unless they have it too.`,
  usage: 'SERVICE KEY=VALUE...',
  examples: [
    ['atoll route add web host=shop.example.org port=8080', 'every request for the host'],
    ['atoll route add web host=shop.example.org path=/api port=8080 --app shop/staging', 'what is below /api'],
    ["atoll route add web host=shop.example.org port=8080 'rate_limit={requests: 100, per: 1m}'", 'with a limit'],
    ["atoll route add web host=old.example.org 'redirect={host: shop.example.org}'", 'answered by the ingress'],
  ],
  parameters: {
    flags: targetFlags,
    aliases: fileAliases,
    positional: {
      kind: 'array',
      minimum: 2,
      parameter: { ...serviceParameter, brief: 'Service, then keys of the route', placeholder: 'service|key=value' },
    },
  },
  run: async (cli, flags, service, ...words) => {
    if (service.includes('=')) {
      throw new UsageError(`"${service}": name the service first`, `write "atoll route add SERVICE ${service} ..."`)
    }
    const request = { ref: findRef(cli, flags), service, route: parseFields(words) }
    let outcome: Outcome | undefined
    const status = await conductIfNeeded(cli, flags, async (cluster, options) => {
      outcome = await cluster.addRoute(request, options)
      return outcome
    })
    if (!flags.json && outcome?.kind === 'converged') cli.stdout.write(`\n${renderAddedRoute(service, request.route)}`)
    return status
  },
})
