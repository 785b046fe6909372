import type { Admission } from '../engine.ts'
import type { World } from './world.ts'

/** A token that opens nothing, and the managers there are. */
export const admitFake = ({ nodes }: World): Admission => ({
  workerToken: 'SWMTKN-worker',
  managers: nodes.filter(({ isManager }) => isManager).map(({ address }) => `${address}:2377`),
})
