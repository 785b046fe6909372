import { BusyError, driveCanary, watchCollections } from '@atoll/deploy'
import type { CanaryWatch, EnvironmentRecord, Release } from '@atoll/deploy'
import type { EnvironmentRef } from '@atoll/engine'
import { contextFor } from '../control.ts'
import type { World } from '../control.ts'
import { limits } from '../limits.ts'
import { runLoop } from './run-loop.ts'

/** What is remembered between two looks; all of it can be seen again. */
interface Memory {
  readonly running: Map<string, Promise<void>>
  /** Whether `ID.RELEASE` is a canary: releases do not change. */
  readonly known: Map<string, boolean>
}

/**
 * Measures canaries, and brings each on or back when it is decided. What is known stands in documents, so the next leader's control
 * goes on. Resolves when the signal has come and all are left.
 */
export const runCanaries = async (world: World, signal: AbortSignal): Promise<void> => {
  const memory: Memory = { running: new Map(), known: new Map() }
  const look = async (): Promise<void> => {
    const found = await listCanaries(world, memory, signal)
    await forgetEnded(world, new Set(found), signal)
    for (const id of found) {
      if (memory.running.has(id) || memory.running.size >= limits.canaries.atOnce) continue
      memory.running.set(
        id,
        drive(world, toRef(id), signal).finally(() => memory.running.delete(id)),
      )
    }
  }
  await runLoop(world, { name: 'run canaries', everyMs: limits.canaries.everyMs, look }, signal)
  await Promise.all(memory.running.values())
}

/** Ids of environments whose current release is a canary, whatever is deployed there now. */
const listCanaries = async (world: World, memory: Memory, signal: AbortSignal): Promise<readonly string[]> => {
  const found = await world.recentDocuments.list<EnvironmentRecord>('environment', {}, signal)
  const known = new Map(memory.known)
  memory.known.clear()
  const canaries: string[] = []
  for (const { id, value } of found) {
    if (value.current === undefined) continue
    const key = `${id}.${value.current}`
    const isCanary = known.get(key) ?? (await isOne(world, key, signal))
    memory.known.set(key, isCanary)
    if (isCanary) canaries.push(id)
  }
  return canaries
}

const isOne = async ({ recentDocuments }: World, id: string, signal: AbortSignal): Promise<boolean> =>
  (await recentDocuments.find<Release>('release', id, signal))?.value.canary !== undefined

/** How a canary went stands in the receipt of the deployment that ended it. */
const forgetEnded = async (world: World, canaries: ReadonlySet<string>, signal: AbortSignal): Promise<void> => {
  const { documents, recentDocuments } = world
  for (const { id, value } of await recentDocuments.list<CanaryWatch>(watchCollections.canaries, {}, signal)) {
    if (canaries.has(id)) continue
    // What was listed may be older than what was begun.
    const environment = await documents.find<EnvironmentRecord>('environment', id, signal)
    if (environment?.value.current !== value.release) await documents.remove(watchCollections.canaries, id, signal)
  }
}

/** Neither part of an id has a dot in it. */
const toRef = (id: string): EnvironmentRef => {
  const [app = '', environment = ''] = id.split('.')
  return { app, environment }
}

/** Never rejects. A deployment that was left by the signal is carried on by whoever looks after abandoned ones. */
const drive = async (world: World, ref: EnvironmentRef, signal: AbortSignal): Promise<void> => {
  try {
    const outcome = await driveCanary(contextFor(world, 'atoll'), ref, { signal, onEvent: () => {} })
    if (outcome === undefined) return
    const { kind: ended, because } = outcome.receipt.canary ?? {}
    world.log({ event: 'canary ended', ...ref, ended, because, outcome: outcome.kind })
  } catch (error) {
    // Another was faster, or a person deploys.
    if (error instanceof BusyError || signal.aborted) return
    world.log({ event: 'canary not looked at', ...ref, error: String(error) })
  }
}
