import { conductCanary } from '../conduct-canary.ts'
import { conductDeployment } from '../conduct-deployment.ts'
import { defineCommand } from '../command.ts'
import { engineFlags, environmentFlag, fileAliases, fileFlags } from '../parameters.ts'
import type { EngineFlags, EnvironmentFlags, FileFlags } from '../parameters.ts'
import { openApp } from '../project/open-app.ts'
import { UsageError } from '../errors.ts'
import { parseSince } from '../terminal/time.ts'
import { warn } from '../warn.ts'
import { readGit } from '../project/read-git.ts'

type Flags = FileFlags &
  EnvironmentFlags &
  EngineFlags & {
    readonly registry?: string
    readonly team?: string
    readonly acceptWarnings: boolean
    readonly canary?: number
    readonly canaryFor?: number
  }

export const command = defineCommand<Flags, []>({
  description: `Builds what is to be built, shows the plan, carries it out, and watches every task until it is healthy or has
failed. If any service fails, the whole app goes back to the release before. Ctrl-C leaves it to a process in the
background that finishes it.

With --canary a part of the requests goes to a few new tasks beside the old ones. They are measured against these, and then the
release goes on or back by itself: see docs/canary.md. That needs the platform.

Exit status: 0 converged, 2 bad input, 4 rolled back, 5 failed, 6 somebody else is deploying.`,
  examples: [
    ['atoll deploy', 'the compose file of this folder, to production'],
    ['atoll deploy --env staging', 'with compose.staging.yaml merged in'],
    ['atoll deploy --engine ssh://root@node-1 --json', 'to that swarm; events as JSON lines'],
    ['atoll deploy --registry registry.example.org/shop', 'where built images are pushed'],
    ['atoll deploy --canary 10% --canary-for 10m', 'a tenth of the requests for ten minutes first'],
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
      canary: {
        kind: 'parsed',
        parse: parseShare,
        optional: true,
        brief: 'Part of the requests that goes to the new release first: 0.1% to 90%',
        placeholder: 'share',
      },
      canaryFor: {
        kind: 'parsed',
        parse: parseCanaryTime,
        optional: true,
        brief: 'How long that is measured: 10s to 24h; 5m when not said',
        placeholder: 'time',
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
    const canary = canaryOf(flags)
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
      ...(canary === undefined ? {} : { canary }),
    }
    const conduct = canary === undefined ? conductDeployment : conductCanary
    return conduct(cli, flags, async (cluster, options) => {
      const commit = await git
      return cluster.deploy(commit === undefined ? request : { ...request, git: commit }, options)
    })
  },
})

const usualForMs = 300_000
const [shortestMs, longestMs] = [10_000, 86_400_000]

const canaryOf = ({ canary: share, canaryFor: forMs }: Flags) => {
  if (share !== undefined) return { share, forMs: forMs ?? usualForMs }
  if (forMs === undefined) return undefined
  throw new UsageError(
    '--canary-for: without --canary nothing is measured',
    'say how many of the requests: --canary 10%',
  )
}

function parseShare(text: string): number {
  const [, percent] = /^(\d{1,2}(?:\.\d)?)%$/.exec(text) ?? []
  const share = Number(percent ?? 0) / 100
  if (share >= 0.001 && share <= 0.9) return share
  throw new UsageError(`--canary "${text}": it is no part of the requests from 0.1% to 90%`, 'say 10%')
}

function parseCanaryTime(text: string): number {
  const ms = /^\d+[smhd]/.test(text) ? parseSince(text, 0) : undefined
  if (ms !== undefined && -ms >= shortestMs && -ms <= longestMs) return -ms
  throw new UsageError(`--canary-for "${text}": it is no time between 10 seconds and 24 hours`, 'say 90s, 10m or 2h')
}
