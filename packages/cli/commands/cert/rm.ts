import { certificateParameter } from '../../certificate-parameter.ts'
import { defineCommand } from '../../command.ts'
import { exitStatus } from '../../exit-status.ts'
import { contextFlag, jsonFlag } from '../../parameters.ts'
import type { ContextFlags, JsonFlags } from '../../parameters.ts'
import { findCertificate } from '../../platform/find-certificate.ts'
import { connectPlatform } from '../../platform/open-platform.ts'

export const command = defineCommand<JsonFlags & ContextFlags, [certificate: string]>({
  description: `With its key it is gone. Where "atoll acme set" is, a host that needs one gets another; elsewhere it has none then.`,
  examples: [['atoll cert rm shop.example.org', 'the one that host is answered with']],
  parameters: {
    flags: { ...jsonFlag, ...contextFlag },
    positional: { kind: 'tuple', parameters: [certificateParameter] },
  },
  run: async (cli, flags, wanted) => {
    await using connection = await connectPlatform(cli, flags)
    const { client } = connection
    const certificate = await findCertificate(client, wanted, cli.signal)
    await client.call('removeCertificate', { params: { certificate } }, cli.signal)
    cli.stdout.write(flags.json ? `${JSON.stringify({ certificate })}\n` : `${certificate} is not served any more\n`)
    return exitStatus.good
  },
})
