import { isIP } from 'node:net'
import { UsageError } from '../errors.ts'
import { defineCommand } from '../command.ts'
import { exitStatus } from '../exit-status.ts'
import { engineFlags } from '../parameters.ts'
import type { EngineFlags } from '../parameters.ts'
import { once } from '../platform/once.ts'
import { connectPlatform } from '../platform/open-platform.ts'
import { conductPorts } from '../system/stream-ports/conduct-ports.ts'
import { renderSettings } from '../terminal/settings.ts'
import { parseSince } from '../terminal/time.ts'

interface Rebalance {
  readonly isAutomatic: boolean
  readonly hours: string
}

type Flags = EngineFlags & {
  readonly managers?: 'keep' | 'leave'
  readonly managerGrace?: number
  readonly rebalance?: Rebalance
  readonly trustedProxies?: readonly string[]
  readonly proxyProtocol?: 'on' | 'off'
  readonly probes?: 'on' | 'off'
  readonly streamPorts?: readonly number[]
}

export const command = defineCommand<Flags, []>({
  description: `Without flags it shows what the cluster does by itself; with some it changes that, which takes an owner.

Managers: one that is away for longer than a grace time (10 minutes) is taken for gone. A healthy worker becomes a manager in its
place, in the zone that has fewest, and when the lost one comes back it is a worker. A node with the label manager=never is not
chosen. An even number that lasts is made odd. Nothing is done without a majority.

Rebalance: two minutes after nodes came back, were resumed or joined, services whose update starts first are spread again, one task
at a time, as "atoll rebalance" does; unless set so, it is only told in "atoll status". With hours it waits for them; they are UTC.

Trusted proxies: what stands in front of the nodes, such as a load balancer of the provider. Apps are told of the client that it
names in X-Forwarded-For; what anybody else says there is thrown away. Say all of them; none takes them away. Those that pass on
connections as they are name the client by the PROXY protocol instead: say on, and set them to send it at the same time.

Probes: during a deployment every ingress asks each route of the app once a second, with GET, and the receipt says what came of it.
They are counted apart from visitors. Off for apps that must not get requests nobody made.

Stream ports: ports of every node that routes of tcp and tls may have besides 443. Say all of them; none takes them away. A second
ingress has them, so requests feel nothing; connections at other stream ports of a node end as it is made anew, one node after the
other. Only who has the engines of managers can open ports: this goes with --engine, as "atoll init" does, and alone.`,
  usage:
    '[--managers keep|leave] [--manager-grace TIME] [--rebalance auto|HH:MM-HH:MM|tell] [--trusted-proxies LIST|none] [--proxy-protocol on|off] [--probes on|off] [--stream-ports LIST|none --engine WHERE]',
  examples: [
    ['atoll settings', 'what is set'],
    ['atoll settings --rebalance auto', 'spread tasks again by itself'],
    ['atoll settings --rebalance 03:00-05:00', 'the same, but at night'],
    ['atoll settings --trusted-proxies 10.0.0.0/24,192.0.2.7', 'believe a load balancer when it says who asks'],
    ['atoll settings --probes off', 'ask apps nothing during their deployments'],
    ['atoll settings --stream-ports 5432,6379 --engine ssh://root@node-1', 'open two ports of every node for routes'],
    ['atoll settings --managers keep --manager-grace 30m', 'replace managers that are away for half an hour'],
  ],
  parameters: {
    flags: {
      ...engineFlags,
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
      proxyProtocol: {
        kind: 'enum',
        values: ['on', 'off'],
        optional: true,
        brief: 'Whether trusted proxies begin each connection with a header of the PROXY protocol, version 1 or 2',
      },
      probes: {
        kind: 'enum',
        values: ['on', 'off'],
        optional: true,
        brief: 'Ask the routes of an app once a second during its deployments, for the receipt, or ask nothing',
      },
      streamPorts: {
        kind: 'parsed',
        parse: parsePorts,
        optional: true,
        brief: 'Ports of every node for routes of tcp and tls, with commas; or none. With --engine',
        placeholder: 'list|none',
        proposeCompletions: () => ['none'],
      },
    },
  },
  run: async (cli, { json, context, engine, streamPorts, ...flags }) => {
    const body = toChange(flags)
    const chosen = { ...(context === undefined ? {} : { context }), ...(engine === undefined ? {} : { engine }) }
    if (streamPorts !== undefined) {
      if (Object.keys(body).length > 0)
        throw new UsageError('--stream-ports is set alone: say the others by themselves')
      return conductPorts(cli, { json, ...chosen }, streamPorts)
    }
    if (engine !== undefined) throw new UsageError('--engine is for --stream-ports: all else is asked of the platform')
    await using connection = await connectPlatform(cli, chosen)
    const { client } = connection
    const settings =
      Object.keys(body).length === 0
        ? await client.call('getSettings', {}, cli.signal)
        : await once((headers) => client.call('changeSettings', { body, headers }, cli.signal), cli.signal)
    cli.stdout.write(json ? `${JSON.stringify(settings)}\n` : `${renderSettings(settings).join('\n')}\n`)
    return exitStatus.good
  },
})

const toChange = ({
  managers,
  managerGrace,
  rebalance,
  trustedProxies,
  proxyProtocol,
  probes,
}: Omit<Flags, keyof EngineFlags | 'streamPorts'>) => {
  const ofManagers = {
    ...(managers === undefined ? {} : { isKept: managers === 'keep' }),
    ...(managerGrace === undefined ? {} : { graceMs: managerGrace }),
  }
  const ofIngress = {
    ...(trustedProxies === undefined ? {} : { trustedProxies }),
    ...(proxyProtocol === undefined ? {} : { isProxyProtocolExpected: proxyProtocol === 'on' }),
    ...(probes === undefined ? {} : { hasProbes: probes === 'on' }),
  }
  return {
    ...(Object.keys(ofManagers).length === 0 ? {} : { managers: ofManagers }),
    ...(rebalance === undefined ? {} : { rebalance }),
    ...(Object.keys(ofIngress).length === 0 ? {} : { ingress: ofIngress }),
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

const mostPorts = 100

function parsePorts(text: string): readonly number[] {
  if (text === 'none') return []
  const parts = text.split(',').map((part) => part.trim())
  const wrong = parts.find((part) => !/^[1-9]\d{0,4}$/.test(part) || Number(part) > 65_535)
  if (wrong !== undefined)
    throw new UsageError(`--stream-ports: "${wrong}" is no port`, 'say ports such as 5432,6379; or none')
  const ports = [...new Set(parts.map(Number))].toSorted((a, b) => a - b)
  if (ports.length > mostPorts)
    throw new UsageError(`--stream-ports: more than ${mostPorts} ports`, 'a service of its own can publish a port')
  return ports
}

function parseGrace(text: string): number {
  const ms = /^\d+[smhd]/.test(text) ? parseSince(text, 0) : undefined
  if (ms !== undefined && -ms >= least && -ms <= longest) return -ms
  throw new UsageError(`--manager-grace "${text}": it is no time between a minute and a day`, 'say 10m or 2h')
}
