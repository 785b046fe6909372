import { defineCommand } from '../../command.ts'
import { exitStatus } from '../../exit-status.ts'
import { contextFlag, jsonFlag } from '../../parameters.ts'
import type { ContextFlags, JsonFlags } from '../../parameters.ts'
import { connectPlatform } from '../../platform/open-platform.ts'

export const command = defineCommand<JsonFlags & ContextFlags, [id: string]>({
  description: 'It is worth nothing from then on, on every control.',
  usage: 'ID',
  examples: [['atoll token rm 3f9a1c', 'as "atoll token ls" names it']],
  parameters: {
    flags: { ...jsonFlag, ...contextFlag },
    positional: { kind: 'tuple', parameters: [{ parse: String, brief: 'Id of the token', placeholder: 'id' }] },
  },
  run: async (cli, flags, id) => {
    await using connection = await connectPlatform(cli, flags)
    await connection.client.call('removeToken', { params: { token: id } }, cli.signal)
    cli.stdout.write(flags.json ? `${JSON.stringify({ id })}\n` : `token ${id} is removed\n`)
    return exitStatus.good
  },
})
