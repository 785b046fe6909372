import { hasErrors, renderModel } from '@atoll/spec/load'
import { defineCommand } from '../command.ts'
import type { Cli } from '../cli.ts'
import { exitStatus } from '../exit-status.ts'
import { environmentFlag, fileAliases, fileFlags, jsonFlag } from '../parameters.ts'
import type { EnvironmentFlags, FileFlags, JsonFlags } from '../parameters.ts'
import { openProject } from '../project/load-project.ts'
import { warn } from '../warn.ts'

type Flags = FileFlags & EnvironmentFlags & JsonFlags & { readonly format?: 'yaml' | 'json' | 'swarm' }

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
      format: { kind: 'enum', values: ['yaml', 'json', 'swarm'], optional: true, brief: 'yaml when not said' },
    },
    aliases: fileAliases,
  },
  run: async (cli, flags) => (flags.format === 'swarm' ? printSwarm(cli, flags) : printModel(cli, flags)),
})

const printModel = (cli: Cli, flags: Flags): number => {
  const { project, warnings } = openProject(cli, flags)
  warn(cli, warnings)
  cli.stdout.write(renderModel(project.model, flags.format === 'json' || flags.json ? 'json' : 'yaml'))
  return exitStatus.good
}

/** Prints the bodies as far as they go even when something cannot be honoured, so that one sees what is missing. */
const printSwarm = async (cli: Cli, flags: Flags): Promise<number> => {
  const [{ mapApp }, { renderSwarm }] = await Promise.all([
    import('../project/open-app.ts'),
    import('@atoll/engine/swarm/render'),
  ])
  const { app, problems } = mapApp(cli, flags)
  warn(cli, problems)
  cli.stdout.write(`${JSON.stringify(renderSwarm(app), undefined, 2)}\n`)
  return hasErrors(problems) ? exitStatus.badInput : exitStatus.good
}
