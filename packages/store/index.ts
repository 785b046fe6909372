export type * from './documents.ts'
export { ConflictError, StoreError } from './errors.ts'
export type { StoreErrorCode } from './errors.ts'
