import { createServer } from 'node:net'
import { LabError } from './errors.ts'
import { listRoutes } from './network.ts'
import { findLabs } from './records.ts'

const FIRST_PORT = 5000
const PORTS = 200

/** A subnet and a port nobody uses. The caller holds the machine's lock until both are in use. */
export const allocate = async (home: string): Promise<{ subnetIndex: number; registryPort: number }> => {
  const labs = await findLabs(home)
  const routes = (await listRoutes()).map((route) => route.dst)
  const taken = [...labs.map((lab) => lab.subnet), ...routes]
  const subnetIndex = planSubnet(taken)
  if (subnetIndex === undefined) throw new LabError('machine-unfit', 'choose a subnet: all of 10.231.0.0/16 is in use')
  return { subnetIndex, registryPort: await findPort(labs.map((lab) => lab.registryPort)) }
}

/** The lowest N for which no network in `taken` (CIDR or address) overlaps 10.231.N.0/24. Pure. */
export const planSubnet = (taken: readonly string[]): number | undefined => {
  const ranges = taken.filter((network) => network !== 'default').map(parseRange)
  for (let index = 0; index < 256; index++) {
    const { first, last } = parseRange(`10.231.${index}.0/24`)
    if (ranges.every((range) => range.last < first || range.first > last)) return index
  }
  return undefined
}

const parseRange = (network: string): { first: number; last: number } => {
  const [address = '', prefix = '32'] = network.split('/')
  const size = 2 ** (32 - Number(prefix))
  const number = address.split('.').reduce((sum, byte) => sum * 256 + Number(byte), 0)
  const first = Math.floor(number / size) * size
  return { first, last: first + size - 1 }
}

const findPort = async (taken: readonly number[]): Promise<number> => {
  for (let port = FIRST_PORT; port < FIRST_PORT + PORTS; port++) {
    if (!taken.includes(port) && (await isPortFree(port))) return port
  }
  throw new LabError('machine-unfit', `choose a registry port: ${FIRST_PORT} to ${FIRST_PORT + PORTS - 1} are in use`)
}

const isPortFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    // All addresses, because the lab will take it on two of them.
    server.listen(port, '0.0.0.0', () => server.close(() => resolve(true)))
  })
