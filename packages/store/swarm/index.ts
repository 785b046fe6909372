export type * from './configs-api.ts'
export { createSwarmDocuments } from './swarm-documents.ts'
