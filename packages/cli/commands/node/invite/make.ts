import { defineCommand } from '../../../command.ts'
import { UsageError } from '../../../errors.ts'
import { exitStatus } from '../../../exit-status.ts'
import { contextFlag, jsonFlag } from '../../../parameters.ts'
import type { ContextFlags, JsonFlags } from '../../../parameters.ts'
import { parseAge } from '../../../parse-grant.ts'
import { once } from '../../../platform/once.ts'
import { connectPlatform } from '../../../platform/open-platform.ts'
import { nodeFlags } from '../../../servers/ssh-flags.ts'
import { renderMoment } from '../../../terminal/time.ts'

type Flags = JsonFlags &
  ContextFlags & {
    readonly zone?: string
    readonly manager: boolean
    readonly worker: boolean
    readonly name?: string
    readonly expires?: number
  }

export const command = defineCommand<Flags, []>({
  description: `Prints a command for a server that you cannot log in to by ssh. Run there as root, it does what "atoll node add" does:
looks at the server, installs Docker where it is missing, joins, and has it proven by a control. Atoll has to be there: a checkout
or a copy of one, of the version of the cluster.

The link is good for one server, once, and for half an hour unless said. What the server becomes stands with the cluster and not in
the link: the first three nodes become managers unless said. It takes an owner who signed in.`,
  usage: '[--zone ZONE] [--manager|--worker] [--name NAME] [--expires TIME]',
  examples: [
    ['atoll node invite make --zone ams3', 'prints what to run on the new server; "make" may be left out'],
    ['atoll node invite --worker --name shelf-1 --expires 2h', 'a worker, called so, within two hours'],
    ['atoll node invite ls', 'which are open, and what came of the last ones'],
  ],
  parameters: {
    flags: {
      ...jsonFlag,
      ...contextFlag,
      ...nodeFlags,
      expires: {
        kind: 'parsed',
        parse: parseExpiry,
        optional: true,
        brief: 'How long the link is good: 10m, 2h; half an hour unless said, a day at most',
        placeholder: 'time',
      },
    },
    positional: { kind: 'tuple', parameters: [] },
  },
  run: async (cli, flags) => {
    const body = toBody(flags)
    await using connection = await connectPlatform(cli, flags)
    const { client, url, fingerprint } = connection
    const invited = await once((headers) => client.call('inviteServer', { body, headers }, cli.signal), cli.signal)
    const { id, token, expiresAtMs } = invited
    const line = `atoll node join '${url}/#${token}.${await fingerprint()}'`
    cli.stdout.write(flags.json ? `${JSON.stringify({ id, command: line, expiresAtMs })}\n` : `${line}\n`)
    const told = `run it as root on the new server; good once, until ${renderMoment(expiresAtMs)}`
    if (!flags.json) cli.stderr.write(cli.stderr.palette.dim(`${told}\n`))
    return exitStatus.good
  },
})

const toBody = ({ manager, worker, zone, name, expires }: Flags) => {
  if (manager && worker) throw new UsageError('--manager and --worker exclude each other: say one of them')
  const role: 'manager' | 'worker' = manager ? 'manager' : 'worker'
  return {
    ...(manager || worker ? { role } : {}),
    ...(zone === undefined ? {} : { zone }),
    ...(name === undefined ? {} : { name }),
    ...(expires === undefined ? {} : { expiresInS: expires }),
  }
}

const longestS = 86_400

function parseExpiry(input: string): number {
  const seconds = parseAge(input)
  if (seconds > 0 && seconds <= longestS) return seconds
  throw new UsageError(`--expires "${input}": it is no time from 1m to 24h`, 'say 10m or 2h; make another one later')
}
