import { askHealth, healthSocket } from './door.ts'

// A program of the platform's image: asks its neighbour in the same container whether it works. Exit status 0: it does.
// Slow is not sick: on a node that is busy a start alone takes seconds, and to be ended for it helps nobody.
const trouble = await askHealth(healthSocket, AbortSignal.timeout(25_000))
if (trouble !== undefined) process.stdout.write(trouble)
process.exitCode = trouble === undefined ? 0 : 1
