import type { Service } from '@atoll/spec'

/** Runs to completion instead of forever. */
export const isJob = ({ mode }: Service): boolean => mode.kind === 'once' || mode.kind === 'once-per-node'
