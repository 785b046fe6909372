import { defineCommand } from '../../command.ts'
import { UsageError } from '../../errors.ts'
import { exitStatus } from '../../exit-status.ts'
import { contextFlag, jsonFlag, personParameter } from '../../parameters.ts'
import type { ContextFlags, JsonFlags } from '../../parameters.ts'
import { matchPerson } from '../../platform/if-match.ts'
import { connectPlatform } from '../../platform/open-platform.ts'

type Flags = JsonFlags & ContextFlags & { readonly yes: boolean }

export const command = defineCommand<Flags, [name: string]>({
  description: 'Sessions and tokens of that person end at once. The last owner stays.',
  usage: 'NAME',
  examples: [
    ['atoll people rm ann', 'asks first'],
    ['atoll people rm ann --yes', 'does not'],
  ],
  parameters: {
    flags: {
      ...jsonFlag,
      ...contextFlag,
      yes: { kind: 'boolean', brief: 'Do not ask', default: false, withNegated: false },
    },
    aliases: { y: 'yes' },
    positional: { kind: 'tuple', parameters: [personParameter] },
  },
  run: async (cli, flags, name) => {
    await using connection = await connectPlatform(cli, flags)
    if (!flags.yes && !cli.stdin.isTerminal) {
      throw new UsageError(`remove ${name}: nobody is here to be asked`, 'say --yes if you mean it')
    }
    if (!flags.yes && !(await cli.confirm(`Remove ${name} from ${connection.name}?`))) {
      cli.stderr.write('nobody was removed\n')
      return exitStatus.failed
    }
    const headers = await matchPerson(connection.client, name, cli.signal)
    await connection.client.call('removePerson', { params: { name }, headers }, cli.signal)
    cli.stdout.write(flags.json ? `${JSON.stringify({ name })}\n` : `${name} is removed\n`)
    return exitStatus.good
  },
})
