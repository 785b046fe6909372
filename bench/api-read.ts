import { Agent, get } from 'node:https'
import { text } from 'node:stream/consumers'
import { openBareServer } from '@atoll/control/bare-server'
import { openCrowd, type Crowd } from '@atoll/control/crowd'
import { compare, type Benchmark, type Figure } from './benchmark.ts'

const size = { nodes: 20, apps: 500, services: 4, replicas: 5 }
const requests = 100
const atOnce = 2
const warmUp = 10

/** What is asked for, and of which environment it is asked. */
const reads: Readonly<Record<string, (base: string) => string>> = {
  status: (base) => base,
  why: (base) => `${base}/timeline`,
  releases: (base) => `${base}/releases`,
  list: () => '/v1/apps',
}

/** The slowest of a hundred reads of a control that knows 500 apps, beside as many bytes from a server that does nothing else. */
export const apiRead: Benchmark = {
  name: 'api.read',
  also: Object.keys(reads).map((name) => `api.read.${name}`),
  run: async (signal) => {
    await using crowd = await openCrowd(size)
    const figures: Figure[] = []
    for (const [name, pathOf] of Object.entries(reads)) figures.push(await measureRead(crowd, { name, pathOf }, signal))
    return figures
  },
}

interface Read {
  readonly name: string
  readonly pathOf: (base: string) => string
}

async function measureRead(crowd: Crowd, { name, pathOf }: Read, signal: AbortSignal): Promise<Figure> {
  const { control, token, authorityPem, refs, tls } = crowd
  using agent = openAgent(authorityPem)
  const headers = { authorization: `Bearer ${token}` }
  const urlOf = (index: number): string => {
    const { app, environment } = refs[index % refs.length] ?? { app: '', environment: '' }
    return control.url + pathOf(`/v1/apps/${app}/environments/${environment}`)
  }
  const ask = (url: string): Promise<string> => fetchText(url, { agent: agent.agent, headers, signal })
  const body = await ask(urlOf(0))
  await using bare = await openBareServer(tls, body)
  const ours = await measureSlowest((index) => ask(urlOf(index)))
  const other = await measureSlowest(() => ask(bare.url))
  const bytes = body.length < 10_000 ? `${body.length} bytes` : `${Math.round(body.length / 1_000)} kB`
  const note = `p99 of ${requests}, ${atOnce} at once, ${bytes}, 500 apps, 10,000 tasks; other: a bare route; wanted: <= 100 ms`
  return compare(`api.read.${name}`, { ours, other }, { unit: 'ms', note })
}

async function measureSlowest(ask: (index: number) => Promise<unknown>): Promise<number> {
  for (let index = 0; index < warmUp; index += 1) await ask(index)
  const times: number[] = []
  let next = 0
  const worker = async (): Promise<void> => {
    for (let index = next++; index < requests; index = next++) {
      const beganMs = performance.now()
      await ask(index)
      times.push(performance.now() - beganMs)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
  return times.toSorted((a, b) => a - b)[Math.ceil(requests * 0.99) - 1] ?? 0
}

function openAgent(ca: string): Disposable & { readonly agent: Agent } {
  const agent = new Agent({ ca, keepAlive: true, maxSockets: atOnce })
  return { agent, [Symbol.dispose]: () => agent.destroy() }
}

interface Asking {
  readonly agent: Agent
  readonly headers: Readonly<Record<string, string>>
  readonly signal: AbortSignal
}

function fetchText(url: string, options: Asking): Promise<string> {
  return new Promise((resolve, reject) => {
    get(url, options, (response) => {
      void text(response).then((body) => {
        if (response.statusCode === 200) resolve(body)
        else reject(new Error(`${url}: status ${response.statusCode}: ${body}`))
      }, reject)
    }).on('error', reject)
  })
}
