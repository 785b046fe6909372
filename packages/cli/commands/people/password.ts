import { defineCommand } from '../../command.ts'
import { exitStatus } from '../../exit-status.ts'
import { contextFlag, jsonFlag, passwordFlag } from '../../parameters.ts'
import type { ContextFlags, JsonFlags, PasswordFlags } from '../../parameters.ts'
import { choosePassword, givePassword } from '../../platform/ask.ts'
import { connectPlatform } from '../../platform/open-platform.ts'

type Flags = JsonFlags & ContextFlags & PasswordFlags & { readonly newPasswordFile?: string }

export const command = defineCommand<Flags, []>({
  description: `Asks for the password there is and for another one. You stay signed in here; every other session of yours ends.
Who forgot the one there is asks an owner for "atoll people reset".`,
  examples: [
    ['atoll people password', 'asks for both'],
    ['atoll people password --password-file old --new-password-file new', 'from a script'],
  ],
  parameters: {
    flags: {
      ...jsonFlag,
      ...contextFlag,
      ...passwordFlag,
      newPasswordFile: {
        kind: 'parsed',
        parse: String,
        optional: true,
        brief: 'File with the new one, "-" is standard input',
        placeholder: 'path',
      },
    },
  },
  run: async (cli, flags) => {
    await using connection = await connectPlatform(cli, flags)
    const password = await givePassword(cli, flags.passwordFile, 'Password as it is now')
    const newPassword = await choosePassword(cli, { path: flags.newPasswordFile, flag: '--new-password-file' })
    await connection.client.call('changePassword', { body: { password, newPassword } }, cli.signal)
    const words = 'the password is changed; your other sessions have ended\n'
    cli.stdout.write(flags.json ? `${JSON.stringify({ isChanged: true })}\n` : words)
    return exitStatus.good
  },
})
