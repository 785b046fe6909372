import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { findBundle } from './find-bundle.ts'

const found = findBundle(join(import.meta.dirname, '../../..'))
await import(found === undefined ? '../main.ts' : pathToFileURL(found).href)
