export { createMemoryDocuments } from './memory-documents.ts'
