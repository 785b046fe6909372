import { z } from 'zod'
import { ask } from '../ask.ts'
import type { Place } from '../ask.ts'
import { readText } from '../files.ts'
import { engineDevice } from '../parse-facts.ts'
import { configurationPath, movesFolder } from './render-keepalived.ts'

export interface Interface {
  readonly name: string
  /** IPv4 and IPv6, without those of the link alone. */
  readonly addresses: readonly string[]
}

/** What was seen of a server that may hold virtual addresses. */
export interface VipHost {
  readonly interfaces: readonly Interface[]
  /** keepalived.conf; empty: there is none. */
  readonly configuration: string
  readonly isRunning: boolean
  /** By address: when this server took it, milliseconds. */
  readonly tookAtMs: Readonly<Record<string, number>>
}

const program = '/usr/sbin/keepalived'

export const observeVipHost = async (place: Place): Promise<VipHost> => {
  const [shown, configuration, status, moves] = await Promise.all([
    ask(place, ['ip', '-json', 'address', 'show']),
    readText(place, configurationPath),
    ask(place, ['start-stop-daemon', '--status', '--exec', program]),
    ask(place, ['grep', '--recursive', '--no-messages', '', movesFolder]),
  ])
  return {
    interfaces: parseInterfaces(shown.stdout),
    configuration,
    isRunning: status.status === 0,
    tookAtMs: parseMoves(moves.stdout),
  }
}

const reply = z.array(
  z.object({
    ifname: z.string().default(''),
    addr_info: z.array(z.object({ local: z.string().default(''), scope: z.string().default('global') })).default([]),
  }),
)

/** Of `ip -json address show`; without loopback and the bridges of an engine. */
export const parseInterfaces = (text: string): readonly Interface[] =>
  reply
    .parse(JSON.parse(text === '' ? '[]' : text))
    .filter(({ ifname }) => !engineDevice.test(ifname))
    .map(({ ifname, addr_info }) => ({
      name: ifname,
      addresses: addr_info.filter(({ scope, local }) => scope !== 'link' && local !== '').map(({ local }) => local),
    }))

/** Of `FOLDER/ADDRESS:SECONDS`; an address of IPv6 has colons itself. */
const parseMoves = (text: string): Readonly<Record<string, number>> =>
  Object.fromEntries(
    text.split('\n').flatMap((line) => {
      const [, address, seconds] = /^.*\/([^/]+):(\d+)$/.exec(line) ?? []
      return address === undefined ? [] : [[address, Number(seconds) * 1_000]]
    }),
  )

/** Whether a server has an address now. */
export const isHolding = ({ interfaces }: VipHost, address: string): boolean =>
  interfaces.some(({ addresses }) => addresses.includes(address))
