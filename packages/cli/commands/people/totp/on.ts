import type { Cli } from '../../../cli.ts'
import { defineCommand } from '../../../command.ts'
import { exitStatus } from '../../../exit-status.ts'
import { contextFlag, jsonFlag, passwordFlag } from '../../../parameters.ts'
import type { ContextFlags, JsonFlags, PasswordFlags } from '../../../parameters.ts'
import { askFor, givePassword } from '../../../platform/ask.ts'
import { connectPlatform } from '../../../platform/open-platform.ts'
import type { PlatformConnection } from '../../../platform/open-platform.ts'
import { renderQrCode } from '../../../terminal/qr-code.ts'

type Flags = JsonFlags & ContextFlags & PasswordFlags & { readonly code?: string }

export const command = defineCommand<Flags, []>({
  description: `Shows a code for an authenticator app, then asks for the six digits it shows: from then on signing in needs them.
Prints ten recovery codes, each good once in their place. Where nobody can be asked it is done in two steps.`,
  examples: [
    ['atoll people totp on', 'shows the code, then asks'],
    ['atoll people totp on --password-file password --json', 'from a script: the code as otpauth URI'],
    ['atoll people totp on --code 123456', 'and its second step'],
  ],
  parameters: {
    flags: {
      ...jsonFlag,
      ...contextFlag,
      ...passwordFlag,
      code: {
        kind: 'parsed',
        parse: String,
        optional: true,
        brief: 'Six digits of the authenticator: ends what was begun before',
        placeholder: 'digits',
      },
    },
  },
  run: async (cli, flags) => {
    await using connection = await connectPlatform(cli, flags)
    if (flags.code !== undefined) return await confirm(cli, connection, { ...flags, code: flags.code })
    const password = await givePassword(cli, flags.passwordFile)
    const enrolled = await connection.client.call('enrolTotp', { body: { password } }, cli.signal)
    if (flags.json || !cli.stdin.isTerminal) {
      cli.stdout.write(flags.json ? `${JSON.stringify(enrolled)}\n` : `${enrolled.uri}\n`)
      if (!flags.json) cli.stderr.write('they count from "atoll people totp on --code DIGITS" on\n')
      return exitStatus.good
    }
    cli.stdout.write(`${renderQrCode(enrolled.uri)}\n${enrolled.uri}\n\n`)
    const code = await askFor(cli, cli.askText, { question: 'Six digits of the authenticator', flag: '--code' })
    return await confirm(cli, connection, { ...flags, code })
  },
})

const confirm = async (
  cli: Cli,
  { client }: PlatformConnection,
  { code, json }: JsonFlags & { readonly code: string },
): Promise<number> => {
  const { recoveryCodes } = await client.call('confirmTotp', { body: { code: code.trim() } }, cli.signal)
  cli.stdout.write(json ? `${JSON.stringify({ recoveryCodes })}\n` : `${recoveryCodes.join('\n')}\n`)
  if (!json) cli.stderr.write('signing in needs a one-time password now; each of these is good once in its place\n')
  return exitStatus.good
}
