import { defineCommand } from '../../command.ts'
import { UsageError } from '../../errors.ts'
import { exitStatus } from '../../exit-status.ts'
import { jsonFlag } from '../../parameters.ts'
import type { JsonFlags } from '../../parameters.ts'
import { parseLink } from '../../platform/parse-link.ts'
import type { LoginLink } from '../../platform/parse-link.ts'
import { followSteps } from '../../servers/follow-steps.ts'
import { joinByInvitation } from '../../servers/join-by-invitation.ts'
import { parseAddress } from '../../servers/ssh-flags.ts'
import { renderAdded } from '../../terminal/added-node.ts'

type Flags = JsonFlags & { readonly address?: string }

export const command = defineCommand<Flags, [link: LoginLink]>({
  description: `Run as root on the server that is to be a node, with the link that "atoll node invite" printed. It does what "atoll node
add" does by ssh: looks whether the server can be a node, installs Docker from the distribution where it is missing, and joins. A
control then proves it, by a task on each node that asks those on all others, gives it its zone and its role, and says yes or what
does not come through with what to do about it; the server is out again then, and the same once more goes on.

The cluster is known by the fingerprint in the link before anything is sent to it.`,
  usage: 'LINK [--address ADDRESS]',
  examples: [
    ["atoll node join 'https://10.0.0.1:8443/#TOKEN.FINGERPRINT'", 'as it was printed'],
    ["atoll node join 'https://...' --address 10.0.0.7", 'at which the other nodes reach it'],
  ],
  parameters: {
    flags: {
      ...jsonFlag,
      address: {
        kind: 'parsed',
        parse: parseAddress,
        optional: true,
        brief: 'At which the other nodes reach it, when it has several',
        placeholder: 'address',
      },
    },
    positional: {
      kind: 'tuple',
      parameters: [{ parse: parseLink, brief: 'Link that "atoll node invite" printed', placeholder: 'link' }],
    },
  },
  run: async (cli, { json, address }, { url, token, fingerprint }) => {
    if (token === undefined || fingerprint === undefined || !token.startsWith('atoll_j_')) {
      throw new UsageError(`${url}: that is no invitation of a server`, 'make one with "atoll node invite"')
    }
    using steps = followSteps(cli, { asJson: json })
    const request = { url, token, fingerprint, ...(address === undefined ? {} : { address }) }
    const joined = await joinByInvitation(cli, request, steps)
    steps[Symbol.dispose]()
    const text = json ? `${JSON.stringify({ kind: 'added', ...joined })}\n` : renderAdded(joined, cli.stdout.palette)
    cli.stdout.write(text)
    return exitStatus.good
  },
})
