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
  /** The longest pause between two kills. */
  readonly pauseMs: number
  readonly random: () => number
}

/**
 * Kills controls of managers at random, at random moments; one that is being started anew is not counted, and the last that
 * is healthy is spared: of a cluster without any there is nothing to be asked.
 */
export async function killControls(platform: Platform, { kills, pauseMs, random }: Storm): Promise<void> {
  const managers = platform.lab.nodes.filter(({ isManager }) => isManager).map(({ name }) => name)
  for (let left = kills; left > 0;) {
    await wait(random() * pauseMs)
    const node = managers[Math.floor(random() * managers.length)] ?? ''
    const others = managers.filter((name) => name !== node)
    const healthy = await Promise.all(others.map((other) => findHealthyControl(platform, other)))
    if (healthy.some((id) => id !== '') && (await killControl(platform, node))) left -= 1
  }
}

async function killControl(platform: Platform, node: string): Promise<boolean> {
  const container = await findHealthyControl(platform, node)
  if (container === '') return false
  return platform.lab.run(node, ['docker', 'kill', container]).then(
    () => true,
    () => false,
  )
}

async function findHealthyControl({ lab }: Platform, node: string): Promise<string> {
  const filters = ['label=com.docker.swarm.service.name=atoll_system_control', 'health=healthy']
  return (await lab.run(node, ['docker', 'ps', '--quiet', ...filters.flatMap((each) => ['--filter', each])])).trim()
}
