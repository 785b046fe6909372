import { connect } from 'node:net'

/**
 * Whether a host says anything within a time: that it takes a connection, or that it does not. Its kernel says so, so one whose programs
 * are busy is there.
 */
export const isThere = (host: string, port: number, withinMs: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host, port })
    // What came while this program was busy is read before.
    const timer = setTimeout(() => setImmediate(settle, false), withinMs)
    const settle = (answers: boolean): void => {
      clearTimeout(timer)
      socket.destroy()
      resolve(answers)
    }
    socket.once('connect', () => settle(true))
    socket.on('error', (error: NodeJS.ErrnoException) => settle(error.code === 'ECONNREFUSED'))
  })
