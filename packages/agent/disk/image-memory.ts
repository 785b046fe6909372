import { readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ImageMemory, Inventory } from '@atoll/engine/swarm'
import { z } from 'zod'

export type Memory = ReadonlyMap<string, ImageMemory>

const shape = z.record(z.string(), z.object({ lastUsedAtMs: z.number(), isOurs: z.boolean() }))

/** Who used which image when: an engine does not keep it. What is new counts as used now. */
export const remember = (memory: Memory, { images, containers }: Inventory, nowMs: number): Memory =>
  new Map(
    images.map(({ id }) => {
      const users = containers.filter(({ imageId }) => imageId === id)
      const known = memory.get(id)
      const lastUsedAtMs = users.length > 0 ? nowMs : (known?.lastUsedAtMs ?? nowMs)
      const isOurs = known?.isOurs === true || users.some(({ labels }) => labels['atoll.app'] !== undefined)
      return [id, { lastUsedAtMs, isOurs }]
    }),
  )

/** A file nobody understands is as none: everything counts as used now. */
export const readMemory = async (folder: string): Promise<Memory> => {
  try {
    const parsed = shape.safeParse(JSON.parse(await readFile(join(folder, 'images.json'), 'utf8')))
    return new Map(Object.entries(parsed.data ?? {}))
  } catch {
    return new Map()
  }
}

/** Written beside and moved: a full disk leaves the one before. */
export const writeMemory = async (folder: string, memory: Memory): Promise<void> => {
  const path = join(folder, 'images.json')
  await writeFile(`${path}.new`, JSON.stringify(Object.fromEntries(memory)))
  await rename(`${path}.new`, path)
}
