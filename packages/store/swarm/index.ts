export type * from './configs-api.ts'
export { createCompaction } from './compaction.ts'
export type { Compaction, CompactionResult } from './compaction.ts'
export { createSwarmDocuments } from './swarm-documents.ts'
