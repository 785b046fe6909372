import { enableCompileCache } from 'node:module'
import { join } from 'node:path'

// Everything else is imported after this, so that its compiled form is kept between runs.
enableCompileCache(join(import.meta.dirname, '../../node_modules/.cache/node'))

const [{ openCli }, { run }] = await Promise.all([import('./context.ts'), import('./run.ts')])

process.exitCode = await run(process.argv.slice(2), openCli(process))
