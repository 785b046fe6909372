import type { Cli } from '../../../cli.ts'
import { defineCommand } from '../../../command.ts'
import { UsageError } from '../../../errors.ts'
import { exitStatus } from '../../../exit-status.ts'
import { codeFlag, contextFlag, jsonFlag, personParameter } from '../../../parameters.ts'
import type { CodeFlags, ContextFlags, JsonFlags } from '../../../parameters.ts'
import { askFor, factorQuestion, toFactor } from '../../../platform/ask.ts'
import { connectPlatform } from '../../../platform/open-platform.ts'
import type { PlatformConnection } from '../../../platform/open-platform.ts'

type Flags = JsonFlags & ContextFlags & CodeFlags

export const command = defineCommand<Flags, [name?: string]>({
  description: 'Your own need one more of them, or a recovery code. An owner takes them off somebody who lost both.',
  usage: '[NAME]',
  examples: [
    ['atoll people totp off', 'your own'],
    ['atoll people totp off ann', 'those of ann, as an owner'],
  ],
  parameters: {
    flags: { ...jsonFlag, ...contextFlag, ...codeFlag },
    positional: { kind: 'tuple', parameters: [{ ...personParameter, optional: true }] },
  },
  run: async (cli, flags, name) => {
    await using connection = await connectPlatform(cli, flags)
    if (name === undefined) await endOwn(cli, connection, flags)
    else if (flags.code !== undefined) throw new UsageError('--code: an owner needs none for somebody else')
    else await connection.client.call('removeTotp', { params: { name } }, cli.signal)
    const words = name === undefined ? 'signing in needs the password alone\n' : `${name} signs in by password alone\n`
    cli.stdout.write(flags.json ? `${JSON.stringify({ hasTotp: false })}\n` : words)
    return exitStatus.good
  },
})

const endOwn = async (cli: Cli, { client }: PlatformConnection, flags: Flags): Promise<void> => {
  const code = flags.code ?? (await askFor(cli, cli.askText, factorQuestion))
  await client.call('endTotp', { body: toFactor(code) }, cli.signal)
}
