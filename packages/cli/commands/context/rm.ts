import { defineCommand } from '../../command.ts'
import { exitStatus } from '../../exit-status.ts'
import { contextParameter, jsonFlag } from '../../parameters.ts'
import type { JsonFlags } from '../../parameters.ts'
import { getContext, readContexts, withoutContext, writeContexts } from '../../platform/contexts.ts'

export const command = defineCommand<JsonFlags, [name: string]>({
  description: 'The session goes on in the cluster; "atoll logout" ends it there too.',
  usage: 'NAME',
  examples: [['atoll context rm home', 'forgets a cluster that is gone']],
  parameters: { flags: jsonFlag, positional: { kind: 'tuple', parameters: [contextParameter] } },
  run: async (cli, flags, wanted) => {
    const contexts = await readContexts(cli.config.configDir)
    const { name } = getContext(contexts, wanted)
    await writeContexts(cli.config.configDir, withoutContext(contexts, name))
    cli.stdout.write(flags.json ? `${JSON.stringify({ name })}\n` : `${name} is forgotten\n`)
    return exitStatus.good
  },
})
