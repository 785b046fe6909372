import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Contestant } from './contestants.ts'

/** HTTP/1.1 without and with TLS, HTTP/2 with it; connections are kept. */
export type Protocol = 'h1' | 'tls' | 'h2'

export interface Load {
  readonly requestsPerS: number
  readonly p99Ms: number
}

export interface Asking {
  readonly protocol: Protocol
  readonly host: string
  readonly requests: number
}

const clients = 32
const streams = 10
const shortestS = 0.01

/** As many requests as one thread of h2load gets through. Throws when one of them is answered badly. */
export const load = async (
  { httpPort, httpsPort, name }: Contestant,
  { protocol, host, requests }: Asking,
): Promise<Load> => {
  const folder = await mkdtemp(join(tmpdir(), 'atoll-bench-'))
  try {
    const log = join(folder, 'requests')
    const port = protocol === 'h1' ? httpPort : httpsPort
    const url = `${protocol === 'h1' ? 'http' : 'https'}://${host}:${port}/`
    const kind = protocol === 'h2' ? ['-m', String(streams)] : ['--h1']
    const to = ['--connect-to', `127.0.0.1:${port}`, '--log-file', log]
    const args = ['-t', '1', '-c', String(clients), '-n', String(requests), ...kind, ...to, url]
    const { stdout } = await promisify(execFile)('/usr/bin/h2load', args)
    const seconds = readSeconds(stdout)
    const good = Number(/status codes: (\d+) 2xx/.exec(stdout)?.[1] ?? 0)
    if (good !== requests || seconds < shortestS) throw new Error(`h2load of ${name}, ${protocol}: ${stdout}`)
    return { requestsPerS: requests / seconds, p99Ms: p99(await readFile(log, 'utf8')) }
  } finally {
    await rm(folder, { recursive: true })
  }
}

const unitS = { us: 1e-6, ms: 1e-3, s: 1 } as const

const readSeconds = (said: string): number => {
  const [, amount, unit = 's'] = /finished in ([\d.]+)(us|ms|s)\b/.exec(said) ?? []
  return Number(amount ?? 0) * unitS[unit as keyof typeof unitS]
}

/** Lines of h2load: when it began, the status, and how many µs it took. */
const p99 = (log: string): number => {
  const tookUs = log
    .trimEnd()
    .split('\n')
    .map((line) => Number(line.split('\t')[2]))
    .toSorted((a, b) => a - b)
  return (tookUs[Math.floor(tookUs.length * 0.99)] ?? 0) / 1_000
}
