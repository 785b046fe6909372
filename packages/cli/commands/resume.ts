import { conductDeployment } from '../conduct-deployment.ts'
import { defineCommand } from '../command.ts'
import { parseBaton } from '../direct/hand-over.ts'
import { appParameter, fileAliases, targetFlags } from '../parameters.ts'
import type { TargetFlags } from '../parameters.ts'
import { findRef } from '../project/find-ref.ts'

type Flags = TargetFlags & { readonly handedOver: boolean }

export const command = defineCommand<Flags, [app?: string]>({
  description:
    'One that runs is followed to its end; one whose owner is gone (a closed laptop, a killed server) is taken over and\nfinished, or brought back.',
  usage: '[APP]',
  examples: [
    ['atoll resume', 'the app of this folder'],
    ['atoll resume shop/staging', 'another one'],
  ],
  parameters: {
    flags: {
      ...targetFlags,
      handedOver: {
        kind: 'boolean',
        brief: 'Read a token from standard input',
        default: false,
        hidden: true,
        withNegated: false,
      },
    },
    aliases: fileAliases,
    positional: { kind: 'tuple', parameters: [appParameter] },
  },
  run: async (cli, flags, app) => {
    const ref = findRef(cli, flags, app)
    const { token, secrets } = flags.handedOver ? parseBaton(cli.stdin.readBytes()) : { token: undefined, secrets: {} }
    return conductDeployment(cli, flags, (cluster, options) =>
      cluster.resume({ ref, secrets, ...(token === undefined ? {} : { token }) }, options),
    )
  },
})
