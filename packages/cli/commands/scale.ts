import { conductDeployment } from '../conduct-deployment.ts'
import { defineCommand } from '../command.ts'
import { UsageError } from '../errors.ts'
import { fileAliases, serviceParameter, targetFlags } from '../parameters.ts'
import type { TargetFlags } from '../parameters.ts'
import { findRef } from '../project/find-ref.ts'

type Wanted = readonly [service: string, replicas: number]

export const command = defineCommand<TargetFlags, Wanted[]>({
  description: 'Makes a new release that differs in this alone. The next deploy of the files puts their number back.',
  usage: 'SERVICE=NUMBER ...',
  examples: [
    ['atoll scale web=5', 'five copies of web'],
    ['atoll scale web=2 worker=0 --env staging', 'two services at once'],
  ],
  parameters: {
    flags: targetFlags,
    aliases: fileAliases,
    positional: {
      kind: 'array',
      parameter: {
        ...serviceParameter,
        parse: parseWanted,
        brief: 'Service and how many',
        placeholder: 'service=number',
      },
      minimum: 1,
    },
  },
  run: async (cli, flags, ...wanted) => {
    const ref = findRef(cli, flags)
    return conductDeployment(cli, flags, (cluster, options) =>
      cluster.scale({ ref, replicas: Object.fromEntries(wanted) }, options),
    )
  },
})

function parseWanted(input: string): Wanted {
  const [, service, replicas] = /^([^=]+)=(\d{1,5})$/.exec(input) ?? []
  if (service === undefined) throw new UsageError(`"${input}": write it as SERVICE=NUMBER, such as web=3`)
  return [service, Number(replicas)]
}
