import { defineCommand } from '../../command.ts'
import { exitStatus } from '../../exit-status.ts'
import { contextFlag, jsonFlag } from '../../parameters.ts'
import type { ContextFlags, JsonFlags } from '../../parameters.ts'
import { connectPlatform } from '../../platform/open-platform.ts'
import { renderCertificates } from '../../terminal/certificates.ts'
import { screenOf } from '../../terminal/screen.ts'

export const command = defineCommand<JsonFlags & ContextFlags, []>({
  description: `Each host of a route with the certificate it is answered with, when that ends, and why there is none. Below stand certificates
that no route needs.`,
  examples: [['atoll cert ls', 'whether every host has one']],
  parameters: { flags: { ...jsonFlag, ...contextFlag } },
  run: async (cli, flags) => {
    await using connection = await connectPlatform(cli, flags)
    const list = await connection.client.call('listCertificates', {}, cli.signal)
    const look = { ...screenOf(cli.stdout), nowMs: cli.clock.now() }
    cli.stdout.write(flags.json ? `${JSON.stringify(list)}\n` : `${renderCertificates(list, look).join('\n')}\n`)
    return exitStatus.good
  },
})
