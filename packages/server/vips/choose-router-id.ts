import { createHash } from 'node:crypto'
import type { Vip } from './vip.ts'

const most = 255

/** By the address, so that it is the same whenever it is chosen; the next one where another address has that. Pure. */
export const chooseRouterId = (address: string, others: readonly Pick<Vip, 'routerId'>[]): number => {
  const taken = new Set(others.map(({ routerId }) => routerId))
  const first = createHash('sha256').update(address).digest().readUInt16BE()
  for (let tries = 0; tries < most; tries += 1) {
    const id = ((first + tries) % most) + 1
    if (!taken.has(id)) return id
  }
  throw new Error(`all ${most} numbers of virtual routers are taken`)
}
