import { IngressError } from '../errors.ts'
import type { Backend, Slot } from '../table.ts'
import { askWorker } from './ask-worker.ts'
import type { Worker } from './ask-worker.ts'

/** A slot as HAProxy has it. */
type Running = Pick<Slot, 'address' | 'port' | 'state' | 'weight'>

/** By `BACKEND/SLOT`. */
export type RunningSlots = ReadonlyMap<string, Running>

/** Columns of `show servers state`, version 1 (management guide of HAProxy 2.6, 9.3). */
const column = { backend: 1, server: 3, address: 4, admin: 6, weight: 7, port: 18 } as const
const [maintenance, drain] = [0x01 | 0x02 | 0x20, 0x08 | 0x10]

const readSlots = async (worker: Worker, signal?: AbortSignal): Promise<RunningSlots> =>
  parseSlots(await askWorker(worker, 'show servers state', signal))

export const parseSlots = (reply: string): RunningSlots =>
  new Map(
    reply
      .split('\n')
      .map((line) => line.split(' '))
      .filter((words) => words.length > column.port && words[0] !== '#')
      .map((words) => {
        const admin = Number(words[column.admin])
        const slot: Running = {
          address: words[column.address] ?? '',
          port: Number(words[column.port]),
          state: (admin & maintenance) > 0 ? 'maint' : (admin & drain) > 0 ? 'drain' : 'ready',
          weight: Number(words[column.weight]),
        }
        return [`${words[column.backend]}/${words[column.server]}`, slot] as const
      }),
  )

/**
 * Tasks stay in the slot they have, so that only who came or went is changed: the addresses of each service are dealt out
 * anew to its slots. What is wanted of an address stays what it is.
 */
export const keepPlaces = ({ name, slots }: Backend, running: RunningSlots): readonly Slot[] => {
  const byService = Map.groupBy(slots, ({ service }) => service)
  return [...byService.values()].flatMap((own) => {
    const waiting = own.filter(({ state }) => state !== 'maint')
    const kept = own.map((slot) => {
      const there = running.get(`${name}/${slot.name}`)
      const at = waiting.findIndex(({ address }) => there?.state !== 'maint' && address === there?.address)
      return at < 0 ? undefined : waiting.splice(at, 1)[0]
    })
    return own.map((slot, index) => {
      const task = kept[index] ?? waiting.shift()
      return task === undefined
        ? { ...slot, address: '0.0.0.0', state: 'maint' as const }
        : { ...task, name: slot.name }
    })
  })
}

/** Commands that bring running slots to those that are wanted; none when they are there. */
export const renderCommands = (backends: readonly Backend[], running: RunningSlots): readonly string[] =>
  backends.flatMap((backend) =>
    keepPlaces(backend, running).flatMap((slot) => {
      const name = `${backend.name}/${slot.name}`
      return commandsOf(name, slot, running.get(name))
    }),
  )

const commandsOf = (name: string, slot: Slot, now: Running | undefined): readonly string[] => {
  const set = `set server ${name}`
  if (slot.state === 'maint') return now?.state === 'maint' ? [] : [`${set} state maint`]
  // One that drains since a reload weighs nothing; it keeps that until it is needed again.
  if (slot.state === 'drain' && now?.address === slot.address && now.weight === 0) return []
  return [
    ...(now?.address === slot.address && now.port === slot.port
      ? []
      : [`${set} addr ${slot.address} port ${slot.port}`]),
    ...(now?.weight === slot.weight ? [] : [`${set} weight ${slot.weight}`]),
    ...(now?.state === slot.state ? [] : [`${set} state ${slot.state}`]),
  ]
}

/** A line of HAProxy's command line has a limit; so many commands of ours fit. */
const atOnce = 50

/** What HAProxy says when a change of an address or weight was done, or was none. */
const wellDone = /^(?:IP changed|port changed|no need to change|.*changed from|$)/

/**
 * Makes running servers those of a configuration of the same frame, without a reload. Gives the number of commands. Throws
 * IngressError `command-failed` with what HAProxy says.
 */
export const applySlots = async (
  worker: Worker,
  backends: readonly Backend[],
  signal?: AbortSignal,
): Promise<number> => {
  const commands = renderCommands(backends, await readSlots(worker, signal))
  for (let at = 0; at < commands.length; at += atOnce) {
    const some = commands.slice(at, at + atOnce)
    const reply = await askWorker(worker, some.join('; '), signal)
    const complaint = reply.split('\n').find((line) => !wellDone.test(line.trim()))
    if (complaint === undefined) continue
    const message = `change servers of HAProxy: ${complaint}`
    throw new IngressError(message, { code: 'command-failed', retry: true })
  }
  return commands.length
}
