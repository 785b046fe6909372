export type * from './records.ts'
export type { Clock, Context, ProcessTable, RunOptions } from './context.ts'
export { systemClock } from './context.ts'
export {
  BusyError,
  DeployError,
  HandedOverError,
  LostLeaseError,
  NotFoundError,
  NothingToDoError,
  RefusedError,
} from './errors.ts'
export { deploy } from './deploy.ts'
export type { DeployRequest } from './deploy.ts'
export { preview } from './preview.ts'
export type { Preview } from './preview.ts'
export { resume } from './resume.ts'
export type { ResumeRequest } from './resume.ts'
export { follow } from './follow.ts'
export { rollback } from './rollback.ts'
export { restart, scale } from './derive.ts'
export { adopt } from './adopt/adopt.ts'
export { findRepairs, repair } from './repair.ts'
export type { RepairRequest } from './repair.ts'
export { remove } from './remove.ts'
export { moveVolume } from './move-volume.ts'
export { deployments, releases } from './look/releases.ts'
export { diff, diffApps } from './look/diff.ts'
export { status } from './look/status.ts'
export type { EnvironmentStatus } from './look/status.ts'
export type { ServiceStatus, TaskStatus } from './look/service-status.ts'
export { claimImages } from './look/image-claims.ts'
export { list } from './look/list.ts'
export type { ListedEnvironment } from './look/list.ts'
export { findRepairTurn } from './look/repair-turn.ts'
export type { RepairTurn } from './look/repair-turn.ts'
export { watchCollections } from './look/watch-records.ts'
export type { KnownNode, NameRecord, NameRepair, NameTrouble, NodeEvent, NodeWatch } from './look/watch-records.ts'
export { foresee, foreseeAlone } from './look/what-if.ts'
export { getNode, node, nodes } from './nodes/look-at-nodes.ts'
export type { WhatIfAnswer, WhatIfRequest } from './look/what-if.ts'
export { why } from './look/why.ts'
export type { TimelineEntry } from './look/timeline.ts'
