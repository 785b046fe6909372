import { runProgram } from './run-program.ts'
import type { Server } from './server.ts'

/** The server we are on. Whether we are root is for the caller to look at. */
export const openLocal = (): Server => {
  const name = 'this server'
  return {
    name,
    run: (argv, options) => runProgram(argv, { ...options, server: name }),
    openSocket: (path) => Promise.resolve(path),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  }
}
