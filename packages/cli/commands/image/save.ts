import { resolve } from 'node:path'
import { defineCommand } from '../../command.ts'
import { exitStatus } from '../../exit-status.ts'
import { jsonFlag } from '../../parameters.ts'
import type { JsonFlags } from '../../parameters.ts'
import { makeImage } from '../../system/make-image.ts'

export const command = defineCommand<JsonFlags, [file: string]>({
  description: `Needs Linux, on the kind of processor the nodes have, and no engine. The same programs give the same file. Take it
to where "atoll init" runs, when that is another system.`,
  examples: [
    ['atoll image save atoll.tar.gz', 'as "docker save" would; "docker load" reads it, too'],
    ['atoll init --image atoll.tar.gz', 'on any machine that reaches the engines'],
  ],
  parameters: {
    flags: jsonFlag,
    positional: { kind: 'tuple', parameters: [{ parse: String, brief: 'File to write', placeholder: 'file' }] },
  },
  run: async (cli, { json }, file) => {
    const { path, reference, architecture } = await makeImage(resolve(cli.config.workingDir, file))
    const text = `${path}: ${reference} for ${architecture}`
    cli.stdout.write(`${json ? JSON.stringify({ path, reference, architecture }) : text}\n`)
    return exitStatus.good
  },
})
