import type { Backend, Configuration } from './table.ts'

/** Lines a second, on each node: a flood of requests must fill no log that something else stands in. */
const mostASecond = 50
/** And that of one route must not keep all others from being told. */
const mostOfRoute = 40

export interface AccessLog {
  /** Whose requests they are from now on. */
  readonly know: (backends: Configuration['backends']) => void
  /** A line of HAProxy, as `render/access-log.ts` has it written. */
  readonly read: (line: string) => void
}

interface AccessLogParts {
  readonly log: (event: string, more: object) => void
  readonly nowMs: () => number
}

/** Requests as events of the log, with what they are of; those of no route, such as what is no HTTP, are none. */
export const createAccessLog = ({ log, nowMs }: AccessLogParts): AccessLog => {
  let byName: ReadonlyMap<string, Backend> = new Map()
  const pace = { second: 0, untold: 0, told: [] as Backend[] }
  const mayTell = (backend: Backend): boolean => {
    const second = Math.floor(nowMs() / 1_000)
    if (second !== pace.second) {
      if (pace.untold > 0) log('requests not logged', { count: pace.untold })
      Object.assign(pace, { second, untold: 0, told: [] })
    }
    const isFull =
      pace.told.length === mostASecond || pace.told.filter((each) => each === backend).length === mostOfRoute
    if (isFull) pace.untold += 1
    else pace.told.push(backend)
    return !isFull
  }
  return {
    know: (backends) => {
      byName = new Map(backends.map((backend) => [backend.name, backend]))
    },
    read: (line) => {
      const end = line.indexOf(' ')
      const backend = byName.get(line.slice(0, end))
      if (backend === undefined || !mayTell(backend)) return
      const logged = parse(line.slice(end))
      if (logged !== undefined) log('request', describe(logged, backend))
    },
  }
}

/** Clients have a part in it: whatever they send, it may cost one line, and not the program. */
const parse = (text: string): Logged | undefined => {
  try {
    return JSON.parse(text) as Logged
  } catch {
    return undefined
  }
}

/** Times are -1 and texts `-` where there is none. */
interface Logged {
  readonly client: string
  readonly method: string
  readonly host: string
  readonly path: string
  readonly status: number
  readonly bytes: number
  readonly ms: Readonly<Record<string, number>>
  readonly address: string
  /** `+1` where another task was tried. */
  readonly retries: string
  readonly end: string
  readonly id: string
  /** Absent where no route asks about requests. */
  readonly reason?: string
}

const describe = (
  { client, method, host, path, status, bytes, ms, address, retries, end, id, reason = '-' }: Logged,
  { app, environment, service, route, slots }: Backend,
) => ({
  app,
  environment,
  service,
  route,
  client,
  method,
  host,
  path,
  // Who asked has left before there was an answer.
  ...(status > 0 && { status }),
  bytes,
  ms: Object.fromEntries(Object.entries(ms).filter(([, spent]) => spent >= 0)),
  ...(address !== '-' && { task: slots.find((slot) => slot.address === address)?.task, address }),
  retries: Number(retries),
  end,
  ...(id !== '-' && { id }),
  ...(reason !== '-' && { reason }),
})
