export type * from './records.ts'
export type * from './sites.ts'
export type * from './visitors.ts'
export type * from './canary/records.ts'
export type { Clock, Context, ProcessTable, RunOptions } from './context.ts'
export { systemClock } from './context.ts'
export {
  BusyError,
  DeployError,
  HandedOverError,
  InvalidRouteError,
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
export { abortCanary, promoteCanary } from './canary/end-canary.ts'
export { driveCanary } from './canary/drive-canary.ts'
export type { EndCanaryRequest } from './canary/end-canary.ts'
export { rollback } from './rollback.ts'
export { restart, scale } from './derive.ts'
export { addRoute, listRoutes, removeRoute } from './change-routes.ts'
export type { AddRouteRequest, NamedRoute, RemoveRouteRequest } from './change-routes.ts'
export { adopt } from './adopt/adopt.ts'
export { findRepairs, repair } from './repair.ts'
export type { RepairRequest } from './repair.ts'
export { remove } from './remove.ts'
export { createPortsReader, readStreamPorts, renderOpening, streamPortsOf, streamsService } from './stream-ports.ts'
export { moveVolume } from './move-volume.ts'
export { deployments, releases } from './look/releases.ts'
export { diff, diffApps } from './look/diff.ts'
export { status } from './look/status.ts'
export type { EnvironmentStatus } from './look/status.ts'
export type { ServiceStatus, TaskStatus } from './look/service-status.ts'
export { claimImages } from './look/image-claims.ts'
export { list } from './look/list.ts'
export { logs } from './look/logs.ts'
export type { NamedLogLine } from './look/logs.ts'
export type { ListedEnvironment } from './look/list.ts'
export { findRepairTurn } from './look/repair-turn.ts'
export type { RepairTurn } from './look/repair-turn.ts'
export { watchCollections } from './look/watch-records.ts'
export type { KnownNode, NameRecord, NameRepair, NameTrouble, NodeEvent, NodeWatch } from './look/watch-records.ts'
export { beginDrain } from './nodes/begin-drain.ts'
export type { DrainBegun, DrainRequest } from './nodes/begin-drain.ts'
export {
  closeDrillRecord,
  dropDrillRecord,
  findLastDrill,
  getDrill,
  listDrills,
  openDrillRecord,
} from './drills/drill-record.ts'
export type { DrillKind, DrillRecord, Traffic } from './drills/drill-record.ts'
export { watchLoss } from './drills/measure-loss.ts'
export type { LossWatch } from './drills/measure-loss.ts'
export { getNode } from './nodes/look-at-nodes.ts'
export { setWitness } from './nodes/set-witness.ts'
export type { WitnessOutcome, WitnessRequest } from './nodes/set-witness.ts'
export { createDrainer } from './nodes/drainer.ts'
export type { Drainer } from './nodes/drainer.ts'
export { driveDrain, findDrainOf, settleDrains } from './nodes/watch-drain.ts'
export { foreseeRebalancing, rebalance } from './nodes/rebalance.ts'
export type { RebalanceAnswer, RebalanceQuestion, RebalanceRequest, StayingService } from './nodes/rebalance.ts'
export { removeNode } from './nodes/remove-node.ts'
export type { NodeRemoved, RemoveNodeRequest } from './nodes/remove-node.ts'
export { resumeNode } from './nodes/resume-node.ts'
export type { NodeResumed } from './nodes/resume-node.ts'
export { changeNodeRole, judgeRoleChange } from './nodes/change-role.ts'
export type { RoleOutcome, RoleRequest } from './nodes/change-role.ts'
export { labelNode } from './nodes/label-node.ts'
export type { LabelOutcome, LabelRequest } from './nodes/label-node.ts'
export { node, nodes } from './nodes/look-at-nodes.ts'
export { foresee, foreseeAlone } from './look/what-if.ts'
export type { WhatIfAnswer, WhatIfRequest } from './look/what-if.ts'
export { why } from './look/why.ts'
export type { TimelineEntry } from './look/timeline.ts'
