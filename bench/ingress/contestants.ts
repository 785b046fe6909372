import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { freePort, haproxy, issueFor, startIngress } from '@atoll/ingress/bench'
import { environmentsOf, hostOf } from './table-of.ts'

/** A proxy in front of one task, at ports of the loopback. */
export interface Contestant extends AsyncDisposable {
  readonly name: 'ours' | 'haproxy' | 'caddy'
  readonly httpPort: number
  readonly httpsPort: number
}

interface Task extends AsyncDisposable {
  readonly port: number
}

/** Answers faster than anybody asks: a HAProxy that says two words. */
export const startTask = async (): Promise<Task> => {
  const port = await freePort()
  const text = [
    ...common(1),
    'frontend task',
    `  bind 127.0.0.1:${port}`,
    '  http-request return status 200 content-type text/plain string "two words"',
  ]
  return { port, ...(await runFile(await haproxy(), ['-db', '-f'], { text, name: 'haproxy.cfg', port })) }
}

export const startOurs = async (routes: number, task: number): Promise<Contestant> => {
  const ingress = await startIngress(environmentsOf({ routes, port: task }), { checkEveryMs: 2_000 })
  const { settings, httpsPort } = ingress
  return {
    name: 'ours',
    httpPort: settings.httpPort,
    httpsPort,
    [Symbol.asyncDispose]: () => ingress[Symbol.asyncDispose](),
  }
}

/** The least that passes requests on; the number of routes is nothing to it. */
export const startHaproxy = async (task: number): Promise<Contestant> => {
  const [httpPort, httpsPort] = [await freePort(), await freePort()]
  const text = [
    ...common(),
    'frontend web',
    `  bind 127.0.0.1:${httpPort}`,
    `  bind 127.0.0.1:${httpsPort} ssl crt web.pem alpn h2,http/1.1`,
    '  default_backend task',
    'backend task',
    `  server task 127.0.0.1:${task}`,
  ]
  const started = await runFile(await haproxy(), ['-db', '-f'], { text, name: 'haproxy.cfg', port: httpPort })
  return { name: 'haproxy', httpPort, httpsPort, ...started }
}

/** The same hosts as ours, a site each. */
export const startCaddy = async (routes: number, task: number): Promise<Contestant> => {
  const [httpPort, httpsPort] = [await freePort(), await freePort()]
  const sites = Array.from({ length: routes }, (_, index) => [
    `http://${hostOf(index)}:${httpPort} {\n  reverse_proxy 127.0.0.1:${task}\n}`,
    `https://${hostOf(index)}:${httpsPort} {\n  tls web.pem web.pem\n  reverse_proxy 127.0.0.1:${task}\n}`,
  ])
  const text = ['{\n  admin off\n  auto_https off\n}', ...sites.flat()]
  const args = ['run', '--adapter', 'caddyfile', '--config']
  const started = await runFile('/usr/bin/caddy', args, { text, name: 'Caddyfile', port: httpPort })
  return { name: 'caddy', httpPort, httpsPort, ...started }
}

const common = (threads?: number): readonly string[] => [
  'global',
  '  maxconn 1000',
  ...(threads === undefined ? [] : [`  nbthread ${threads}`]),
  'defaults',
  '  mode http',
  '  timeout connect 1s',
  '  timeout client 60s',
  '  timeout server 60s',
]

interface Settings {
  readonly text: readonly string[]
  readonly name: string
  /** Where it listens once it runs. */
  readonly port: number
}

const startMs = 20_000
const pollMs = 20

/** Runs a program with a file, and a certificate beside it. */
const runFile = async (
  program: string,
  args: readonly string[],
  { text, name, port }: Settings,
): Promise<AsyncDisposable> => {
  const folder = await mkdtemp(join(tmpdir(), 'atoll-bench-'))
  await writeFile(join(folder, name), `${text.join('\n')}\n`)
  const [certificate] = (await issueFor(['*.example.org'])).certificates
  await writeFile(join(folder, 'web.pem'), certificate?.pem ?? '')
  const env = { ...process.env, HOME: folder }
  const child = spawn(program, [...args, name], { cwd: folder, env, stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (said = `${said}${chunk}`.slice(-2_000)))
  const end = async (): Promise<void> => {
    if (child.exitCode === null && child.kill('SIGKILL')) await once(child, 'exit')
    await rm(folder, { recursive: true })
  }
  for (const deadline = performance.now() + startMs; !(await isListening(port)); await delay(pollMs)) {
    if (child.exitCode === null && performance.now() < deadline) continue
    await end()
    throw new Error(`${program} does not listen at ${port}: ${said}`)
  }
  return { [Symbol.asyncDispose]: end }
}

const isListening = async (port: number): Promise<boolean> => {
  const socket = connect({ port, host: '127.0.0.1' })
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}
