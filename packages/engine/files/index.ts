export { packFiles } from './pack-files.ts'
export { settleFiles } from './settle-files.ts'
export { unpackFiles } from './unpack-files.ts'
