import { EngineError } from '@atoll/engine'
import { diskLadder } from '@atoll/plan'
import type { DiskWatch } from './watch-disk.ts'

/** EngineError `refused` when the disk of this node is too full to build on it. */
export const refuseWithoutRoom = (watch: DiskWatch | undefined, doing: string): void => {
  const disk = watch?.read()
  if (disk === undefined || disk.usedShare < diskLadder.refuseBuilds) return
  const full = `the disk of the node is ${Math.floor(disk.usedShare * 100)} % full`
  throw new EngineError('refused', `${doing}: ${full}; make room there ("atoll df", "atoll prune"), then build again`)
}
