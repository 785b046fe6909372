import type { Engine, Finding } from '@atoll/engine'
import { isWitness } from '@atoll/plan'
import type { ObservedNode } from '@atoll/plan'
import { limits } from '../limits.ts'

/** What an agent finds of clocks by itself, knowing no engine but its own: the agents of all nodes tell more. */
export const isOfOneNode = ({ check, state }: Finding): boolean =>
  check === 'reach' || (check === 'clock' && state === 'good')

interface Asking {
  readonly engine: Pick<Engine, 'disk'>
  readonly clock: { now(): number }
}

/** Compares the clock of each ready node with this control's, as its agent tells it, and names the nodes that tell nothing. */
export const findClockFindings = async (
  asking: Asking,
  nodes: readonly ObservedNode[],
  signal: AbortSignal,
): Promise<readonly Finding[]> => {
  // No agent runs on a witness.
  const ready = nodes.filter((node) => node.state === 'ready' && !isWitness(node))
  const found = await Promise.all(
    ready.map(async (node) => ({ node, skewMs: await measureSkew(asking, node, signal) })),
  )
  const silent = found.filter(({ skewMs }) => skewMs === undefined).map(({ node }) => node.name)
  const clocks = found.flatMap(({ node, skewMs }) => (skewMs === undefined ? [] : [judgeClock(node.name, skewMs)]))
  return silent.length === 0 ? clocks : [...clocks, describeSilence(silent)]
}

/** Undefined when its agent does not answer in time, or does not say. */
const measureSkew = async ({ engine, clock }: Asking, { id }: ObservedNode, signal: AbortSignal) => {
  const until = AbortSignal.any([signal, AbortSignal.timeout(limits.diskAnswerMs)])
  const askedMs = clock.now()
  const disk = await engine.disk(id, until).catch(() => undefined)
  signal.throwIfAborted()
  if (disk?.clockMs === undefined) return undefined
  // It was read somewhere between asking and hearing.
  return Math.max(askedMs - disk.clockMs, disk.clockMs - clock.now(), 0)
}

const judgeClock = (name: string, skewMs: number): Finding =>
  skewMs > limits.clockSkewMs
    ? {
        check: 'clock',
        state: 'bad',
        message: `the clock of ${name} is ${Math.round(skewMs / 1000)} s off`,
        hint: `run a time service (chrony) on ${name}`,
      }
    : { check: 'clock', state: 'good', message: `the clock of ${name} agrees with that of the control` }

const describeSilence = (names: readonly string[]): Finding => ({
  check: 'reach',
  state: 'warning',
  message: `no word of clock and disk from the ${names.length === 1 ? 'agent' : 'agents'} of ${names.join(', ')}`,
  hint: 'an agent starts within a minute of its node; if that stays so, "atoll logs agent --app atoll/system" says more',
})
