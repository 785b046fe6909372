import { certificateParameter } from '../../certificate-parameter.ts'
import { defineCommand } from '../../command.ts'
import { exitStatus } from '../../exit-status.ts'
import { contextFlag, jsonFlag } from '../../parameters.ts'
import type { ContextFlags, JsonFlags } from '../../parameters.ts'
import { findCertificate } from '../../platform/find-certificate.ts'
import { connectPlatform } from '../../platform/open-platform.ts'
import { renderCertificate } from '../../terminal/certificates.ts'
import { screenOf } from '../../terminal/screen.ts'

export const command = defineCommand<JsonFlags & ContextFlags, [certificate: string]>({
  description: 'The key is not shown; --json has the chain.',
  examples: [['atoll cert show shop.example.org', 'the one that host is answered with']],
  parameters: {
    flags: { ...jsonFlag, ...contextFlag },
    positional: { kind: 'tuple', parameters: [certificateParameter] },
  },
  run: async (cli, flags, wanted) => {
    await using connection = await connectPlatform(cli, flags)
    const { client } = connection
    const params = { certificate: await findCertificate(client, wanted, cli.signal) }
    const shown = await client.call('getCertificate', { params }, cli.signal)
    const look = { ...screenOf(cli.stdout), nowMs: cli.clock.now() }
    cli.stdout.write(flags.json ? `${JSON.stringify(shown)}\n` : `${renderCertificate(shown, look).join('\n')}\n`)
    return exitStatus.good
  },
})
