import { setTimeout as wait } from 'node:timers/promises'
import type { Platform } from '../platform/open-platform.ts'

/** Numbers between 0 and 1 that are the same for the same seed (mulberry32). */
export function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

interface Storm {
  readonly kills: number
  /** The longest pause between two of one manager. */
  readonly pauseMs: number
  readonly random: () => number
}

/** Kills controls at random moments, each manager's for itself; one that is being started anew is not counted. */
export async function killControls(platform: Platform, { kills, pauseMs, random }: Storm): Promise<void> {
  let left = kills
  const killAgainAndAgain = async (node: string): Promise<void> => {
    while (left > 0) {
      await wait(random() * pauseMs)
      if (left > 0 && (await killControl(platform, node))) left -= 1
    }
  }
  const managers = platform.lab.nodes.filter(({ isManager }) => isManager)
  await Promise.all(managers.map(({ name }) => killAgainAndAgain(name)))
}

async function killControl(platform: Platform, node: string): Promise<boolean> {
  const container = await platform.findContainer(node, 'control')
  if (container === '') return false
  return platform.lab.run(node, ['docker', 'kill', container]).then(
    () => true,
    () => false,
  )
}
