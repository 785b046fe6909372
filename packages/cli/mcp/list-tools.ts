import type { Cli } from '../cli.ts'
import { changeTools } from './change-tools.ts'
import { logTool } from './log-tool.ts'
import { createPlanTool } from './plan-tool.ts'
import { readTools } from './read-tools.ts'
import type { Tool } from './tool.ts'

/** What an assistant is offered: what looks, and with `allowChanges` what deploys without files. */
export const listTools = (cli: Cli, { allowChanges }: { readonly allowChanges: boolean }): readonly Tool[] => [
  ...readTools,
  logTool,
  createPlanTool(cli),
  ...(allowChanges ? changeTools : []),
]
