export type * from './app.ts'
export type * from './project.ts'
export { hasErrors } from './problem.ts'
export type { Problem } from './problem.ts'
