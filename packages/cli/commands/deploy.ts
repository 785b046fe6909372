import { conductDeployment } from '../conduct-deployment.ts'
import { defineCommand } from '../command.ts'
import { engineFlags, environmentFlag, fileAliases, fileFlags } from '../parameters.ts'
import type { EngineFlags, EnvironmentFlags, FileFlags } from '../parameters.ts'
import { openApp } from '../project/open-app.ts'
import { warn } from '../warn.ts'
import { readGit } from '../project/read-git.ts'

type Flags = FileFlags &
  EnvironmentFlags &
  EngineFlags & { readonly registry?: string; readonly team?: string; readonly acceptWarnings: boolean }

export const command = defineCommand<Flags, []>({
  description: `Builds what is to be built, shows the plan, carries it out, and watches every task until it is healthy or has
failed. If any service fails, the whole app goes back to the release before. Ctrl-C leaves it to a process in the
background that finishes it.

Exit status: 0 converged, 2 bad input, 4 rolled back, 5 failed, 6 somebody else is deploying.`,
  examples: [
    ['atoll deploy', 'the compose file of this folder, to production'],
    ['atoll deploy --env staging', 'with compose.staging.yaml merged in'],
    ['atoll deploy --engine ssh://root@node-1 --json', 'to that swarm; events as JSON lines'],
    ['atoll deploy --registry registry.example.org/shop', 'where built images are pushed'],
    ['atoll deploy --team web', 'a new app of the team web'],
  ],
  parameters: {
    flags: {
      ...fileFlags,
      ...environmentFlag,
      ...engineFlags,
      registry: {
        kind: 'parsed',
        parse: String,
        optional: true,
        brief: 'Where built images go',
        placeholder: 'host/path',
      },
      team: {
        kind: 'parsed',
        parse: String,
        optional: true,
        brief: 'Team of the platform the app joins; else as the compose file says',
        placeholder: 'name',
      },
      acceptWarnings: {
        kind: 'boolean',
        brief: 'Go on in spite of warnings that block',
        default: false,
        withNegated: false,
      },
    },
    aliases: fileAliases,
  },
  run: async (cli, flags) => {
    const { app, secrets, problems, upload, workingDir } = openApp(cli, flags)
    warn(cli, problems)
    const git = readGit(workingDir)
    const request = {
      app,
      secrets,
      upload,
      acceptsWarnings: flags.acceptWarnings,
      ...(flags.registry === undefined ? {} : { registry: flags.registry }),
      ...(flags.team === undefined ? {} : { team: flags.team }),
    }
    return conductDeployment(cli, flags, async (cluster, options) => {
      const commit = await git
      return cluster.deploy(commit === undefined ? request : { ...request, git: commit }, options)
    })
  },
})
