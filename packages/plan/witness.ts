import type { ObservedNode } from './observed.ts'

/** Label of a node that votes among the managers and runs nothing: `true`. Its availability is drain for as long. */
export const witnessLabel = 'atoll.witness'

export const isWitness = ({ labels }: Pick<ObservedNode, 'labels'>): boolean => labels[witnessLabel] === 'true'
