export type * from './configs-api.ts'
