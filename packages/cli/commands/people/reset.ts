import { defineCommand } from '../../command.ts'
import { exitStatus } from '../../exit-status.ts'
import { contextFlag, jsonFlag, personParameter } from '../../parameters.ts'
import type { ContextFlags, JsonFlags } from '../../parameters.ts'
import { connectPlatform } from '../../platform/open-platform.ts'
import { renderMoment } from '../../terminal/time.ts'

export const command = defineCommand<JsonFlags & ContextFlags, [name: string]>({
  description: `Prints a link. Who opens it, once, chooses another password for this person; all sessions of that person end then. Until
then the old password counts. One-time passwords are asked for still: "atoll people totp off NAME" takes them off.`,
  usage: 'NAME',
  examples: [['atoll people reset ann', 'ann forgot her password']],
  parameters: {
    flags: { ...jsonFlag, ...contextFlag },
    positional: { kind: 'tuple', parameters: [personParameter] },
  },
  run: async (cli, flags, name) => {
    await using connection = await connectPlatform(cli, flags)
    const { client, fingerprint } = connection
    const { token, expiresAtMs } = await client.call('resetPassword', { params: { name } }, cli.signal)
    const link = `${connection.url}/#${token}.${await fingerprint()}`
    if (flags.json) cli.stdout.write(`${JSON.stringify({ name, link, expiresAtMs })}\n`)
    else cli.stdout.write(`atoll login '${link}'\n`)
    if (!flags.json) cli.stderr.write(cli.stderr.palette.dim(`good once, until ${renderMoment(expiresAtMs)}\n`))
    return exitStatus.good
  },
})
