export { openReplica } from './replica.ts'
export type { Reading, Replica } from './replica.ts'
export type { ReplicaLimits } from './limits.ts'
export type { Change } from './watch-shelf.ts'
