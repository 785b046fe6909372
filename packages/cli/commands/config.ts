import { renderModel } from '@atoll/spec'
import { defineCommand } from '../command.ts'
import type { Cli } from '../cli.ts'
import { exitStatus } from '../exit-status.ts'
import { environmentFlag, fileAliases, fileFlags, jsonFlag } from '../parameters.ts'
import type { EnvironmentFlags, FileFlags, JsonFlags } from '../parameters.ts'
import { openProject } from '../project/load-project.ts'
import { renderProblems } from '../terminal/problems.ts'

type Flags = FileFlags & EnvironmentFlags & JsonFlags & { readonly format: 'yaml' | 'json' | 'swarm' }

export const command = defineCommand<Flags, []>({
  description: 'Files are merged, variables filled in, short forms written out. Nothing is sent anywhere.',
  examples: [
    ['atoll config', 'the compose file of this folder, as YAML'],
    ['atoll config -f base.yaml -f extra.yaml --format json', 'several files merged, as JSON'],
    ['atoll config --env staging --format swarm', 'what a deploy of staging would send to the engine'],
  ],
  parameters: {
    flags: {
      ...fileFlags,
      ...environmentFlag,
      ...jsonFlag,
      format: { kind: 'enum', values: ['yaml', 'json', 'swarm'], brief: 'Shape of the output', default: 'yaml' },
    },
    aliases: fileAliases,
  },
  run: async (cli, flags) => (flags.format === 'swarm' ? printSwarm(cli, flags) : printModel(cli, flags)),
})

const printModel = (cli: Cli, flags: Flags): number => {
  const { project, warnings } = openProject(cli, flags)
  if (warnings.length > 0) cli.stderr.write(renderProblems(warnings, cli.stderr.palette))
  cli.stdout.write(renderModel(project.model, flags.json ? 'json' : flags.format === 'json' ? 'json' : 'yaml'))
  return exitStatus.good
}
