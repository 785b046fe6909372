import { defineCommand } from '../../command.ts'
import { exitStatus } from '../../exit-status.ts'
import { contextParameter, jsonFlag } from '../../parameters.ts'
import type { JsonFlags } from '../../parameters.ts'
import { getContext, readContexts, writeContexts } from '../../platform/contexts.ts'

export const command = defineCommand<JsonFlags, [name: string]>({
  usage: 'NAME',
  examples: [['atoll context use home', 'commands go to that cluster from now on']],
  parameters: { flags: jsonFlag, positional: { kind: 'tuple', parameters: [contextParameter] } },
  run: async (cli, flags, wanted) => {
    const contexts = await readContexts(cli.config.configDir)
    const { name, person } = getContext(contexts, wanted)
    await writeContexts(cli.config.configDir, { ...contexts, current: name })
    cli.stdout.write(flags.json ? `${JSON.stringify({ name, person })}\n` : `cluster: ${name} as ${person}\n`)
    return exitStatus.good
  },
})
