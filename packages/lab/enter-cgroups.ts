// A program of its own: `node enter-cgroups.ts FOLDER[:FOLDER]... PROGRAM [ARGUMENT]...` becomes PROGRAM in those cgroups.
import { becomeProgram, joinCgroups } from './become-program.ts'

const [folders = '', ...argv] = process.argv.slice(2)
joinCgroups(folders.split(':'))
becomeProgram(argv)
