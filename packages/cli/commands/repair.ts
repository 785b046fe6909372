import { defineCommand } from '../command.ts'
import { conductDeployment } from '../conduct-deployment.ts'
import { exitStatus } from '../exit-status.ts'
import { appParameter, fileAliases, serviceParameter, targetFlags } from '../parameters.ts'
import type { TargetFlags } from '../parameters.ts'
import { findRef } from '../project/find-ref.ts'

type Flags = TargetFlags & { readonly service?: readonly string[] }

export const command = defineCommand<Flags, [app?: string]>({
  description: `Makes again what is gone and undoes what somebody changed behind Atoll, as the current release says; no new release.
A job that has run is left alone unless it is named with --service.`,
  usage: '[APP]',
  examples: [
    ['atoll repair', 'the app of this folder'],
    ['atoll repair shop/staging --service web', 'one service of another'],
  ],
  parameters: {
    flags: {
      ...targetFlags,
      service: {
        ...serviceParameter,
        kind: 'parsed',
        variadic: true,
        optional: true,
        brief: 'Only this service; repeat for more',
      },
    },
    aliases: fileAliases,
    positional: { kind: 'tuple', parameters: [appParameter] },
  },
  run: async (cli, flags, app) => {
    const request = { ref: findRef(cli, flags, app), services: flags.service ?? [] }
    try {
      return await conductDeployment(cli, flags, (cluster, options) => cluster.repair(request, options))
    } catch (error) {
      if (!isNothingToDo(error)) throw error
      cli.stdout.write(flags.json ? `${JSON.stringify({ kind: error.code })}\n` : `${error.message}\n`)
      return exitStatus.good
    }
  },
})

/** Direct or told by a control: then it is an error of the API with the same code. */
const isNothingToDo = (error: unknown): error is Error & { readonly code: string } =>
  error instanceof Error && 'code' in error && error.code === 'nothing-to-do'
