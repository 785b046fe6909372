export type * from './action.ts'
export type * from './observed.ts'
