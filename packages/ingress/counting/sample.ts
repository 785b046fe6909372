import type { Session } from '../sockets/session.ts'
import type { Answers } from '@atoll/engine'

/** What a worker has counted since it began, by the name of the backend. */
export type Sample = ReadonlyMap<string, Counted>

interface Counted {
  readonly answers: Answers
  /** The longest that a task took to take a connection or to begin its answer since the sample before; 0: nobody was asked. */
  readonly slowestMs: number
}

/** How far a worker is with ending. */
interface WorkerState {
  readonly worker: number
  /** It takes no more connections, and has none but ours. */
  readonly isIdle: boolean
}

export const askState = async (session: Session): Promise<WorkerState> => parseState(await session.ask('show info'))

export const parseState = (reply: string): WorkerState => {
  const numberOf = (name: string): number => Number(new RegExp(`^${name}: (\\d+)$`, 'm').exec(reply)?.[1])
  const jobs = numberOf('Jobs') - numberOf('Unstoppable Jobs')
  return { worker: numberOf('Pid'), isIdle: numberOf('Stopping') === 1 && jobs <= 1 }
}

/** Backends alone. What is cleared are the longest times, and no counters. */
export const takeSample = async (session: Session): Promise<Sample> =>
  parseSample(await session.ask('show stat -1 2 -1; clear counters'))

/** Columns by their names (management guide of HAProxy 2.6, 9.1). */
export const parseSample = (reply: string): Sample => {
  const [head = [], ...rows] = reply.split('\n').map((line) => line.split(','))
  const names = head.map((name) => name.replace(/^# /, ''))
  return new Map(
    rows
      .filter(([, place]) => place === 'BACKEND')
      .map((row) => new Map(row.map((value, index) => [names[index] ?? '', value])))
      .map((row) => [row.get('pxname') ?? '', readCounted(row)]),
  )
}

const readCounted = (row: ReadonlyMap<string, string>): Counted => {
  const numberOf = (name: string): number => Number(row.get(name) ?? 0)
  return {
    answers: {
      requests: numberOf(row.get('mode') === 'http' ? 'req_tot' : 'stot'),
      statuses: {
        '1xx': numberOf('hrsp_1xx'),
        '2xx': numberOf('hrsp_2xx'),
        '3xx': numberOf('hrsp_3xx'),
        '4xx': numberOf('hrsp_4xx'),
        '5xx': numberOf('hrsp_5xx'),
      },
      // Of requests that were tried again the last time alone; what a client ended is in neither.
      failed: numberOf('econ') + numberOf('eresp'),
      cut: numberOf('srv_abrt'),
      retries: numberOf('wretr'),
      redispatches: numberOf('wredis'),
      abandoned: numberOf('cli_abrt'),
    },
    slowestMs: Math.max(numberOf('ctime_max'), numberOf('rtime_max')),
  }
}
