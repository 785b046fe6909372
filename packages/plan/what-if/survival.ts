import type { Observed } from '../observed.ts'
import { toOccupancy } from './occupancy.ts'
import { isWhole } from './outcome.ts'
import type { ServiceLoss, WhatIf } from './outcome.ts'
import { whatIfEach } from './what-if.ts'

/** Whether an environment stays whole whichever node goes. Its own services alone are counted: others may take the room. */
export interface Survival {
  readonly survives: boolean
  /** One line for each thing that would not: `without node-2: db 1 -> 0, its volume shop_data is on node-2`. */
  readonly because: readonly string[]
}

/** Undefined as long as nothing of it runs. */
export const findSurvival = (observed: Observed): Survival | undefined => {
  const occupancy = toOccupancy(observed)
  if (occupancy.services.every(({ tasks }) => tasks.length === 0)) return undefined
  const outcomes = whatIfEach(occupancy)
  return { survives: outcomes.every(({ survives }) => survives), because: outcomes.flatMap(explainOutcome) }
}

/** What would be missed, a line each; nothing when all is whole. Managers without a majority are told first. */
export const explainOutcome = ({ lost, managers, services }: WhatIf): readonly string[] => {
  const without = `without ${lost.join(', ')}`
  const { left, all, needed } = managers
  const majority = left >= needed ? [] : [`${without}: ${left} of ${all} managers are left, no majority`]
  return [
    ...majority,
    ...services.filter((loss) => !isWhole(loss)).map((loss) => `${without}: ${explainService(loss)}`),
  ]
}

const explainService = ({ service, before, after, because, emptyVolumes }: ServiceLoss): string => {
  const count = `${service} ${before} -> ${after}`
  if (because.length > 0) return `${count}, ${because.join('; ')}`
  return `${count}, but its volume ${emptyVolumes.join(', ')} is empty where it starts again`
}
