import { planJson } from '@atoll/plan'
import { z } from 'zod'
import type { Cli } from '../cli.ts'
import { defaultEnvironment, parseEnvironment } from '../parameters.ts'
import { openApp } from '../project/open-app.ts'
import type { Tool } from './tool.ts'

const input = z.strictObject({ environment: z.string().max(32).default(defaultEnvironment) })

/** Of the folder the server was started in and no other: an assistant does not choose which files are read. */
export const createPlanTool = (cli: Cli): Tool => ({
  name: 'plan',
  description: `What deploying the compose files of the folder ${cli.config.workingDir} would create, change and remove. Nothing is changed. Values of secrets are masked.`,
  input,
  isChange: false,
  cuts: 'last',
  run: async (client, given, signal) => {
    const env = parseEnvironment(input.parse(given).environment)
    const { app, problems, upload } = openApp(cli, { env })
    const params = { app: app.name, environment: app.environment }
    const { actions, routes, warnings, builds, release } = await client.call(
      'planProject',
      { params, body: upload() },
      signal,
    )
    return { ...params, release, ...planJson(actions, warnings, routes), builds, problems }
  },
})
