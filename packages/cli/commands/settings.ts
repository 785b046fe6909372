import { isIP } from 'node:net'
import { UsageError } from '../errors.ts'
import { defineCommand } from '../command.ts'
import { exitStatus } from '../exit-status.ts'
import { contextFlag, jsonFlag } from '../parameters.ts'
import type { ContextFlags, JsonFlags } from '../parameters.ts'
import { once } from '../platform/once.ts'
import { connectPlatform } from '../platform/open-platform.ts'
import { renderSettings } from '../terminal/settings.ts'
import { parseSince } from '../terminal/time.ts'

interface Rebalance {
  readonly isAutomatic: boolean
  readonly hours: string
}

type Flags = JsonFlags &
  ContextFlags & {
    readonly managers?: 'keep' | 'leave'
    readonly managerGrace?: number
    readonly rebalance?: Rebalance
    readonly trustedProxies?: readonly string[]
  }

export const command = defineCommand<Flags, []>({
  description: `Without flags it shows what the cluster does by itself; with some it changes that, which takes an owner.

Managers: one that is away for longer than a grace time (10 minutes) is taken for gone. A healthy worker becomes a manager in its
place, in the zone that has fewest, and when the lost one comes back it is a worker. A node with the label manager=never is not
chosen. An even number that lasts is made odd. Nothing is done without a majority.

Rebalance: two minutes after nodes came back, were resumed or joined, services whose update starts first are spread again, one task
at a time, as "atoll rebalance" does; unless set so, it is only told in "atoll status". With hours it waits for them; they are UTC.

Trusted proxies: what stands in front of the nodes, such as a load balancer of the provider. Apps are told of the client that it
names in X-Forwarded-For; what anybody else says there is thrown away. Say all of them; none takes them away.`,
  usage:
    '[--managers keep|leave] [--manager-grace TIME] [--rebalance auto|HH:MM-HH:MM|tell] [--trusted-proxies LIST|none]',
  examples: [
    ['atoll settings', 'what is set'],
    ['atoll settings --rebalance auto', 'spread tasks again by itself'],
    ['atoll settings --rebalance 03:00-05:00', 'the same, but at night'],
    ['atoll settings --trusted-proxies 10.0.0.0/24,192.0.2.7', 'believe a load balancer when it says who asks'],
    ['atoll settings --managers keep --manager-grace 30m', 'replace managers that are away for half an hour'],
  ],
  parameters: {
    flags: {
      ...jsonFlag,
      ...contextFlag,
      managers: {
        kind: 'enum',
        values: ['keep', 'leave'],
        optional: true,
        brief: 'Replace managers that are gone and keep their number odd, or leave them as they are',
      },
      managerGrace: {
        kind: 'parsed',
        parse: parseGrace,
        optional: true,
        brief: 'How long a manager is away before it is taken for gone: 10m, 2h; a minute at least',
        placeholder: 'time',
      },
      rebalance: {
        kind: 'parsed',
        parse: parseRebalance,
        optional: true,
        brief: 'Spread tasks again by itself after nodes came back (auto), in some hours of the day, or only tell',
        placeholder: 'auto|hours|tell',
        proposeCompletions: () => ['auto', 'tell', '03:00-05:00'],
      },
      trustedProxies: {
        kind: 'parsed',
        parse: parseProxies,
        optional: true,
        brief:
          'Addresses or networks of proxies in front that are believed when they say who asks, with commas; or none',
        placeholder: 'list|none',
        proposeCompletions: () => ['none'],
      },
    },
  },
  run: async (cli, { json, context, ...flags }) => {
    await using connection = await connectPlatform(cli, context === undefined ? {} : { context })
    const { client } = connection
    const body = toChange(flags)
    const settings =
      Object.keys(body).length === 0
        ? await client.call('getSettings', {}, cli.signal)
        : await once((headers) => client.call('changeSettings', { body, headers }, cli.signal), cli.signal)
    cli.stdout.write(json ? `${JSON.stringify(settings)}\n` : `${renderSettings(settings).join('\n')}\n`)
    return exitStatus.good
  },
})

const toChange = ({ managers, managerGrace, rebalance, trustedProxies }: Omit<Flags, 'json' | 'context'>) => {
  const ofManagers = {
    ...(managers === undefined ? {} : { isKept: managers === 'keep' }),
    ...(managerGrace === undefined ? {} : { graceMs: managerGrace }),
  }
  return {
    ...(Object.keys(ofManagers).length === 0 ? {} : { managers: ofManagers }),
    ...(rebalance === undefined ? {} : { rebalance }),
    ...(trustedProxies === undefined ? {} : { ingress: { trustedProxies } }),
  }
}

const least = 60_000
const longest = 86_400_000

const hoursShape = /^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$/

function parseRebalance(text: string): Rebalance {
  if (text === 'auto' || text === 'tell') return { isAutomatic: text === 'auto', hours: '' }
  const [from, until] = text.split('-')
  if (hoursShape.test(text) && from !== until) return { isAutomatic: true, hours: text }
  throw new UsageError(`--rebalance "${text}": it is neither auto, tell nor hours`, 'say hours as 03:00-05:00, UTC')
}

const longestPrefix = { 4: 32, 6: 128 } as const

function parseProxies(text: string): readonly string[] {
  if (text === 'none') return []
  return text.split(',').map((part) => {
    const [address = '', prefix, ...more] = part.split('/')
    const family = isIP(address)
    const isPrefix = prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) > 0)
    const isRight = isPrefix && more.length === 0 && (family === 4 || family === 6)
    if (isRight && Number(prefix ?? 1) <= longestPrefix[family]) return part
    const hint = 'say addresses or networks, such as 10.0.0.0/24,192.0.2.7; who asks nodes directly must not be in them'
    throw new UsageError(`--trusted-proxies: "${part}" is no address, and no network`, hint)
  })
}

function parseGrace(text: string): number {
  const ms = /^\d+[smhd]/.test(text) ? parseSince(text, 0) : undefined
  if (ms !== undefined && -ms >= least && -ms <= longest) return -ms
  throw new UsageError(`--manager-grace "${text}": it is no time between a minute and a day`, 'say 10m or 2h')
}
