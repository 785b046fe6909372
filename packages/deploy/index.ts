export type * from './records.ts'
export type { Clock, Context, RunOptions } from './context.ts'
export { systemClock } from './context.ts'
export { BusyError, DeployError, HandedOverError, LostLeaseError, NotFoundError, RefusedError } from './errors.ts'
