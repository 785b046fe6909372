export { run } from './run.ts'
export { exitStatus } from './exit-status.ts'
export type { Cli, Connection, Input, Output } from './cli.ts'
