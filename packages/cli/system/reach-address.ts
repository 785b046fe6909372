import { connect } from 'node:net'

const longestMs = 3_000

/** Whether somebody listens at `10.0.0.2:2377`, seen from this machine. */
export const reachAddress = (address: string, signal: AbortSignal): Promise<boolean> => {
  const { hostname, port } = new URL(`tcp://${address}`)
  const limited = AbortSignal.any([signal, AbortSignal.timeout(longestMs)])
  return new Promise((resolve) => {
    const socket = connect({ host: hostname.replace(/^\[(.*)\]$/, '$1'), port: Number(port), signal: limited })
    const end = (isThere: boolean): void => {
      socket.destroy()
      resolve(isThere)
    }
    socket.once('connect', () => end(true)).once('error', () => end(false))
  })
}
