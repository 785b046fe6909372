import { z } from 'zod'
import { defineCommand } from '../command.ts'
import { exitStatus } from '../exit-status.ts'
import { listTools } from '../mcp/list-tools.ts'
import type { Tool } from '../mcp/tool.ts'
import { contextFlag, jsonFlag } from '../parameters.ts'
import type { ContextFlags, JsonFlags } from '../parameters.ts'
import { connectPlatform } from '../platform/open-platform.ts'

type Flags = JsonFlags & ContextFlags & { readonly allowChanges: boolean }

export const command = defineCommand<Flags, []>({
  description: `Speaks the Model Context Protocol over standard input and output, for assistants that are configured to start it. It
asks the platform with your session, or with ATOLL_URL, ATOLL_TOKEN and ATOLL_AUTHORITY, and may what these may; a token
of a viewer is enough to look. With --json it prints the tools it would offer, and ends.`,
  examples: [
    ['atoll mcp', 'what looks and changes nothing'],
    ['atoll mcp --allow-changes', 'rollback, scale, restart, repair and resume too'],
    ['atoll mcp --json', 'the tools, as data'],
  ],
  parameters: {
    flags: {
      ...jsonFlag,
      ...contextFlag,
      allowChanges: {
        kind: 'boolean',
        brief: 'Offer what changes something, too',
        default: false,
        withNegated: false,
      },
    },
  },
  run: async (cli, flags) => {
    const tools = listTools(cli, flags)
    if (flags.json) cli.stdout.write(`${JSON.stringify(tools.map(describe))}\n`)
    if (flags.json) return exitStatus.good
    const [{ openMcpServer }, { serveStdio }, { default: manifest }] = await Promise.all([
      import('../mcp/open-server.ts'),
      import('../mcp/serve-stdio.ts'),
      import('../package.json', { with: { type: 'json' } }),
    ])
    await using connection = await connectPlatform(cli, flags)
    const openClient = connection.openClient
    await serveStdio(cli, openMcpServer({ version: manifest.version, tools, openClient }))
    return exitStatus.good
  },
})

const describe = ({ name, description, input, isChange }: Tool) => ({
  name,
  description,
  isChange,
  input: z.toJSONSchema(input, { io: 'input' }),
})
