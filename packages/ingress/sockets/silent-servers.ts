import { askWorker } from './ask-worker.ts'
import type { Worker } from './ask-worker.ts'

/** `BACKEND/SERVER`. */
type ServerName = string

/** Columns of `show servers state`, version 1 (management guide of HAProxy 2.6, 9.3). */
const column = { backend: 1, server: 3, address: 4, operation: 5, port: 18 } as const
/** `srv_op_state`: it runs. */
const isUp = '2'
/** It follows another, and its health is not its own. */
const follows = /^probe:/

/**
 * Those at these addresses that are asked at present, in backends where another is: without one a request had better wait for a node
 * that may only have been slow.
 */
export const findReplaced = (reply: string, addresses: ReadonlySet<string>): readonly ServerName[] => {
  const running = reply
    .split('\n')
    .map((line) => line.split(' '))
    .filter((words) => words.length > column.port && words[0] !== '#' && words[column.operation] === isUp)
  const byBackend = Map.groupBy(running, (words) => words[column.backend] ?? '')
  return [...byBackend].flatMap(([backend, servers]) => {
    if (follows.test(backend)) return []
    const silent = servers.filter((words) => addresses.has(words[column.address] ?? ''))
    return silent.length === servers.length ? [] : silent.map((words) => `${backend}/${words[column.server]}`)
  })
}

/** A line of `show sess`: the number of the stream, where it is, and what it has still to do with the answer. */
const stream =
  /^(0x[0-9a-f]+): .* be=(\S+) srv=(\S+) .* rp\[f=[0-9a-f]+h,i=\d+,an=([0-9a-f]+)h.* scf=\[\d+,([0-9a-f]+)h/
/** `AN_RES_WAIT_HTTP` of an answer, and `SI_FL_L7_RETRY` of who asked, in HAProxy 2.6. */
const [waitsForHead, mayAskAgain] = [0x40_0000, 0x80]

/** Streams that wait for the head of an answer from one of these servers, and whose request may be sent again. */
export const findWaiting = (reply: string, servers: ReadonlySet<ServerName>): readonly string[] =>
  reply.split('\n').flatMap((line) => {
    const [, id, backend, server, analysers = '', flags = ''] = stream.exec(line) ?? []
    if (id === undefined || !servers.has(`${backend}/${server}`)) return []
    const waits = (Number.parseInt(analysers, 16) & waitsForHead) !== 0
    return waits && (Number.parseInt(flags, 16) & mayAskAgain) !== 0 ? [id] : []
  })

/** A line of HAProxy's command line has a limit; so many commands of ours fit. */
const atOnce = 50

const askAll = async (worker: Worker, commands: readonly string[]): Promise<void> => {
  for (let at = 0; at < commands.length; at += atOnce) {
    await askWorker(worker, commands.slice(at, at + atOnce).join('; '))
  }
}

/**
 * Servers at these addresses get nothing new until the next check of HAProxy finds them there, and requests that wait for them, and may be
 * sent again, are sent to another at once: a stream that is shut before its answer has begun is tried again as if the server had hung
 * up. What is being answered goes on. Gives how many were. Throws IngressError.
 */
export const leaveSilent = async (worker: Worker, addresses: ReadonlySet<string>): Promise<number> => {
  const servers = findReplaced(await askWorker(worker, 'show servers state'), addresses)
  if (servers.length === 0) return 0
  await askAll(
    worker,
    servers.map((name) => `set server ${name} health down`),
  )
  const waiting = findWaiting(await askWorker(worker, 'show sess'), new Set(servers))
  await askAll(
    worker,
    waiting.map((id) => `shutdown session ${id}`),
  )
  return waiting.length
}
