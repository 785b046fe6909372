import type { Session } from '../sockets/session.ts'
import { combineAnswers, noAnswers } from './answers.ts'
import type { Answers } from '@atoll/engine'
import type { ServerCounted, ServerSample } from './servers.ts'

/** What a worker has counted since it began, by the name of the backend. */
export type Sample = ReadonlyMap<string, Counted>

interface Counted {
  readonly answers: Answers
  /** The longest that a task took to take a connection or to begin its answer since the sample before; 0: nobody was asked. */
  readonly slowestMs: number
  /** Requests that have not ended; of a port as it is 0, for its connections are counted when they begin. */
  readonly underWay: number
  /** Of each place, where it was read. */
  readonly servers?: ServerSample
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

/**
 * What is cleared are the longest times, and no counters. Servers, of which there are many, are read only where something was
 * answered with 5xx, for it may be theirs, and where several services answer (`divided`: names of backends).
 */
export const takeSample = async (session: Session, divided: ReadonlySet<string>): Promise<Sample> => {
  const sample = new Map(parseSample(await session.ask('show stat -1 2 -1; clear counters')))
  for (const [name, { answers, slowestMs }] of sample) {
    if (answers.statuses['5xx'] === 0 && !divided.has(name)) continue
    const again = parseSample(await session.ask(`show stat ${name} 6 -1`)).get(name)
    if (again !== undefined) sample.set(name, { ...again, slowestMs })
  }
  return sample
}

/** Columns by their names (management guide of HAProxy 2.6, 9.1). */
export const parseSample = (reply: string): Sample => {
  const [head = [], ...rows] = reply.split('\n').map((line) => line.split(','))
  const names = head.map((name) => name.replace(/^# /, ''))
  const named = rows.map((row) => new Map(row.map((value, index) => [names[index] ?? '', value])))
  const byPlace = Map.groupBy(named, (row) => (row.get('svname') === 'BACKEND' ? 'backend' : 'server'))
  const servers = Map.groupBy(byPlace.get('server') ?? [], (row) => row.get('pxname'))
  return new Map(
    (byPlace.get('backend') ?? []).map((row) => {
      const name = row.get('pxname') ?? ''
      return [name, readCounted(row, servers.get(name) ?? [])]
    }),
  )
}

type Row = ReadonlyMap<string, string>

/** A place that another was asked in the stead of has failed too, though no visitor felt it. */
const readServer = (row: Row): ServerCounted => {
  const sumOf = (...names: readonly string[]): number =>
    names.reduce((sum, name) => sum + Number(row.get(name) ?? 0), 0)
  return {
    answered: sumOf('hrsp_2xx', 'hrsp_3xx', 'hrsp_4xx', 'hrsp_5xx'),
    errors: sumOf('hrsp_5xx'),
    failed: sumOf('econ', 'eresp', 'wredis'),
    meanMs: sumOf('rtime'),
  }
}

const readCounted = (row: Row, servers: readonly Row[]): Counted => {
  const numberOf = (name: string, of = row): number => Number(of.get(name) ?? 0)
  const isHttp = row.get('mode') === 'http'
  const cut = numberOf('srv_abrt')
  // Of a task when it begins, of the backend when it has ended.
  const theirs = servers.reduce((sum, server) => sum + numberOf('hrsp_5xx', server), 0)
  const own = Math.max(0, numberOf('hrsp_5xx') - theirs)
  const errors = numberOf('econ') + numberOf('eresp')
  return {
    answers: {
      requests: numberOf(isHttp ? 'req_tot' : 'stot'),
      statuses: {
        '1xx': numberOf('hrsp_1xx'),
        '2xx': numberOf('hrsp_2xx'),
        '3xx': numberOf('hrsp_3xx'),
        '4xx': numberOf('hrsp_4xx'),
        '5xx': numberOf('hrsp_5xx'),
      },
      // Nobody feels the error of a task that resets its connection with the end of an answer, and a page of maintenance is none.
      failed: isHttp ? Math.min(own + cut, errors) : errors,
      cut,
      retries: numberOf('wretr'),
      redispatches: numberOf('wredis'),
      abandoned: numberOf('cli_abrt'),
    },
    slowestMs: Math.max(numberOf('ctime_max'), numberOf('rtime_max')),
    underWay: isHttp ? numberOf('scur') : 0,
    ...(servers.length > 0 && {
      servers: new Map(servers.map((each) => [each.get('svname') ?? '', readServer(each)])),
    }),
  }
}

/** Of a worker that is ended amid its requests: these have failed. */
export const cutShort = (sample: Sample): Sample =>
  new Map(
    [...sample].map(([name, { answers, underWay, ...rest }]) => {
      const cut = { ...noAnswers, requests: underWay, failed: underWay, cut: underWay }
      return [name, { ...rest, answers: combineAnswers(answers, cut, (a, b) => a + b), underWay: 0 }]
    }),
  )
