import { resolveNames } from './resolve-names.ts'

/** Runs in the network of a task: its arguments are names, its output is what they lead to there. */
process.stdout.write(JSON.stringify(await resolveNames(process.argv.slice(2))))
