import { resolve } from 'node:path'
import { certificateParameter } from '../../certificate-parameter.ts'
import { defineCommand } from '../../command.ts'
import { exitStatus } from '../../exit-status.ts'
import { writeSecretFile } from '../../files/write-secret-file.ts'
import { contextFlag, jsonFlag } from '../../parameters.ts'
import type { ContextFlags, JsonFlags } from '../../parameters.ts'
import { findCertificate } from '../../platform/find-certificate.ts'
import { connectPlatform } from '../../platform/open-platform.ts'

export const command = defineCommand<JsonFlags & ContextFlags, [certificate: string, file: string]>({
  description: `Chain and private key go into a new file that this user alone may read. Only an owner who is signed in may, and it stands in the
audit.`,
  examples: [['atoll cert export shop.example.org shop.pem', 'for a server that is none of the cluster']],
  parameters: {
    flags: { ...jsonFlag, ...contextFlag },
    positional: {
      kind: 'tuple',
      parameters: [certificateParameter, { parse: String, brief: 'File to write', placeholder: 'file' }],
    },
  },
  run: async (cli, flags, wanted, name) => {
    const path = resolve(cli.config.workingDir, name)
    await using connection = await connectPlatform(cli, flags)
    const { client } = connection
    const certificate = await findCertificate(client, wanted, cli.signal)
    const { chainPem, keyPem } = await client.call('exportCertificate', { params: { certificate } }, cli.signal)
    await writeSecretFile(path, chainPem + keyPem)
    cli.stdout.write(flags.json ? `${JSON.stringify({ certificate, path })}\n` : `${certificate} is in ${path}\n`)
    return exitStatus.good
  },
})
