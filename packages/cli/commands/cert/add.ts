import { defineCommand } from '../../command.ts'
import { exitStatus } from '../../exit-status.ts'
import { contextFlag, jsonFlag } from '../../parameters.ts'
import type { ContextFlags, JsonFlags } from '../../parameters.ts'
import { readTextFile } from '../../platform/ask.ts'
import { once } from '../../platform/once.ts'
import { connectPlatform } from '../../platform/open-platform.ts'
import { renderMoment } from '../../terminal/time.ts'

export const command = defineCommand<JsonFlags & ContextFlags, [...files: string[]]>({
  description: `The files hold, as PEM and in any order, the certificate, those who signed it, and its private key without a passphrase. What
cannot be served is refused, and why. It is served on every node before one that was made by itself, and takes the place of those
that were brought before for the same names. Nobody renews it but you; where "atoll acme set" is, another stands by when it ends.`,
  usage: 'FILE...',
  examples: [
    ['atoll cert add fullchain.pem privkey.pem', 'as certbot leaves them'],
    ['atoll cert add shop.pem', 'everything in one file; "-" is standard input'],
  ],
  parameters: {
    flags: { ...jsonFlag, ...contextFlag },
    positional: {
      kind: 'array',
      minimum: 1,
      parameter: { parse: String, brief: 'File of PEM', placeholder: 'file' },
    },
  },
  run: async (cli, flags, ...files) => {
    const body = { pem: files.map((file) => readTextFile(cli, file)).join('\n') }
    await using connection = await connectPlatform(cli, flags)
    const added = await once(
      (headers) => connection.client.call('addCertificate', { body, headers }, cli.signal),
      cli.signal,
    )
    if (flags.json) cli.stdout.write(`${JSON.stringify(added)}\n`)
    else {
      for (const warning of added.warnings) cli.stderr.write(`${cli.stderr.palette.yellow('!')} ${warning}\n`)
      cli.stdout.write(`${added.id} is served for ${added.names.join(', ')} until ${renderMoment(added.notAfterMs)}\n`)
    }
    return exitStatus.good
  },
})
