import type { Preview } from '@atoll/deploy'
import { planJson, renderPlan } from '@atoll/plan'
import { defineCommand } from '../command.ts'
import { openCluster } from '../open-cluster.ts'
import { exitStatus } from '../exit-status.ts'
import { engineFlags, environmentFlag, fileAliases, fileFlags } from '../parameters.ts'
import type { EngineFlags, EnvironmentFlags, FileFlags } from '../parameters.ts'
import { openApp } from '../project/open-app.ts'
import type { Palette } from '../terminal/palette.ts'
import { warn } from '../warn.ts'

type Flags = FileFlags & EnvironmentFlags & EngineFlags

export const command = defineCommand<Flags, []>({
  description: `What is created, changed field by field, and removed, why a service restarts, and what could go wrong. Values of
secrets are not shown. Nothing is changed.

Exit status: 0 nothing to do, 3 something to do, 2 bad input, 1 it could not be found out.`,
  examples: [
    ['atoll plan', 'production, by the compose file of this folder'],
    ['atoll plan --env staging --json', 'staging, as data'],
  ],
  parameters: { flags: { ...fileFlags, ...environmentFlag, ...engineFlags }, aliases: fileAliases },
  run: async (cli, flags) => {
    const { app, secrets, problems, upload } = openApp(cli, flags)
    warn(cli, problems)
    await using connection = await openCluster(cli, flags)
    const found = await connection.cluster.preview({ app, secrets, upload }, cli.signal)
    const { actions, warnings, builds, routes } = found
    const name = `${app.name}/${app.environment}`
    if (flags.json) cli.stdout.write(`${JSON.stringify({ ...planJson(actions, warnings, routes), builds })}\n`)
    else cli.stdout.write(renderPreview(found, { name, engine: connection.name, palette: cli.stdout.palette }))
    return actions.length + routes.length === 0 ? exitStatus.good : exitStatus.somethingToDo
  },
})

interface Look {
  readonly name: string
  readonly engine: string
  readonly palette: Palette
}

const renderPreview = ({ actions, warnings, builds, routes }: Preview, { name, engine, palette }: Look): string => {
  const isNew = (name: string): boolean =>
    actions.some((action) => action.kind === 'create-service' && action.service.name === name)
  const built = builds.map((service) =>
    palette.dim(
      `  . build   ${service} is built first${isNew(service) ? '' : '; it restarts only if its image changes'}`,
    ),
  )
  return [`${palette.bold(name)} on ${engine}`, ...built, renderPlan(actions, warnings, { palette, routes }), ''].join(
    '\n',
  )
}
