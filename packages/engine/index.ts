export type * from './engine.ts'
export { EngineError } from './errors.ts'
export type { EngineErrorCode } from './errors.ts'
