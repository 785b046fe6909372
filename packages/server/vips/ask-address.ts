import { setTimeout as delay } from 'node:timers/promises'
import { z } from 'zod'
import { ask } from '../ask.ts'
import type { Place } from '../ask.ts'
import { checkText } from './render-keepalived.ts'

/** Whether an ingress answers at port 80 of an address, asked from the server; its own when none is said. */
export const asksIngress = async (place: Place, address?: string): Promise<boolean> => {
  const argv = ['perl', '-', ...(address === undefined ? [] : [address])]
  return (await ask(place, argv, { input: checkText, timeoutMs: 20_000 })).status === 0
}

// Who sends to an address asks first whose it is (ARP, neighbour discovery); nothing has to be installed for it.
const program = `use IO::Socket::IP; my $s = IO::Socket::IP->new(PeerHost => shift, PeerPort => 9, Proto => 'udp'); $s->send("\\n") if $s`

const neighbours = z.array(z.object({ lladdr: z.string().optional(), state: z.array(z.string()).default([]) }))

const answersMs = 2_500

/** Hardware address of whoever has an address on the network of an interface; undefined when nobody answers. */
export const findNeighbour = async (
  place: Place,
  { address, device }: { readonly address: string; readonly device: string },
): Promise<string | undefined> => {
  // What was known of before would be told as well.
  await ask(place, ['ip', 'neigh', 'flush', 'to', address, 'dev', device])
  await ask(place, ['perl', '-e', program, address])
  const untilMs = performance.now() + answersMs
  do {
    const { stdout } = await ask(place, ['ip', '-json', 'neigh', 'show', 'to', address, 'dev', device])
    const [found] = neighbours.parse(JSON.parse(stdout.trim() === '' ? '[]' : stdout))
    if (found?.lladdr !== undefined && !found.state.includes('FAILED')) return found.lladdr
    if (found?.state.includes('FAILED')) return undefined
    await delay(everyMs, undefined, { signal: place.signal })
  } while (performance.now() < untilMs)
  return undefined
}

const everyMs = 250
