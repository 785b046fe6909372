import { resolve } from 'node:path'
import { createKeyPair } from '@atoll/backup'
import { defineCommand } from '../../command.ts'
import { exitStatus } from '../../exit-status.ts'
import { writeSecretFile } from '../../files/write-secret-file.ts'
import { jsonFlag } from '../../parameters.ts'
import type { JsonFlags } from '../../parameters.ts'

export const command = defineCommand<JsonFlags, [file: string]>({
  description: `Makes a pair of keys as age-keygen does: the identity goes into the file, which this user alone may read; the recipient is
printed, and may be known to anybody. Keep the identity away from the cluster, and twice: without it no backup opens.`,
  examples: [['atoll backup key backup-identity.txt', 'then: atoll backup --recipient age1...']],
  parameters: {
    flags: jsonFlag,
    positional: { kind: 'tuple', parameters: [{ parse: String, brief: 'File to write', placeholder: 'file' }] },
  },
  run: async (cli, { json }, name) => {
    const path = resolve(cli.config.workingDir, name)
    const { identity, recipient } = await createKeyPair()
    await writeSecretFile(path, `# public key: ${recipient}\n${identity}\n`)
    cli.stdout.write(json ? `${JSON.stringify({ path, recipient })}\n` : `${recipient}\n`)
    return exitStatus.good
  },
})
