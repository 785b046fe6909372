import { setTimeout as delay } from 'node:timers/promises'
import { daemonPath, mergeDaemonSettings } from './daemon-settings.ts'
import { ServerError } from './errors.ts'
import type { ServerFacts } from './facts.ts'
import { readText, writeText } from './files.ts'
import { renameServer } from './rename-server.ts'
import { runWell } from './run-well.ts'
import type { Server } from './server.ts'
import { startEngine, restartEngine } from './start-engine.ts'

export interface PrepareRequest {
  readonly facts: ServerFacts
  /** Its hostname from now on; as it is unless said. */
  readonly name?: string
}

export interface PrepareOptions {
  readonly signal: AbortSignal
  /** A step begins. */
  readonly onStep: (step: string) => void
  /** What a program says meanwhile. */
  readonly onLine?: (line: string) => void
}

export interface Prepared {
  /** What was done, in words; empty when all was so already. */
  readonly done: readonly string[]
  readonly notices: readonly string[]
}

interface Work extends PrepareOptions {
  readonly server: Server
  readonly done: string[]
  readonly notices: string[]
}

const installMs = 15 * 60_000

/**
 * Brings a server to an engine that answers, with our settings. Every step looks first, so that a second run changes nothing and
 * one that was interrupted is gone on with. Throws ServerError.
 */
export async function prepareServer(
  server: Server,
  request: PrepareRequest,
  options: PrepareOptions,
): Promise<Prepared> {
  const work: Work = { ...options, server, done: [], notices: [] }
  const { facts, name } = request
  if (facts.brokenPackages.length > 0) await finishPackages(work)
  if (!(await isInstalled(work))) await installEngine(work)
  const isRenamed = name !== undefined && name !== facts.hostname && (await rename(work, name))
  const isChanged = await configure(work)
  await start(work, facts, isRenamed || isChanged)
  return { done: work.done, notices: work.notices }
}

/** Packages ask nothing, and keep what somebody has changed (apt-get(8), dpkg(1)). */
const apt = ['env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', '-q', '-y', '-o', 'DPkg::Lock::Timeout=300']
const keepFiles = ['-o', 'Dpkg::Options::=--force-confdef', '-o', 'Dpkg::Options::=--force-confold']

async function finishPackages({ server, signal, onStep, onLine, done }: Work): Promise<void> {
  onStep('finish the packages that are half installed')
  const options = { signal, timeoutMs: installMs, ...(onLine === undefined ? {} : { onLine }) }
  const hint = 'run "dpkg --configure -a" there and read what it says'
  const configure = ['env', 'DEBIAN_FRONTEND=noninteractive', 'dpkg', '--configure', '-a', '--force-confold']
  // It fails as long as something is missing that the next one brings.
  await server.run(configure, options)
  await runWell(server, [...apt, ...keepFiles, '--fix-broken', 'install'], {
    doing: 'finish packages',
    hint,
    ...options,
  })
  done.push('finished the packages that were half installed')
}

/** The engine and the command that speaks to it; both, because newer releases have them in packages of their own. */
async function isInstalled({ server, signal }: Work): Promise<boolean> {
  const [daemon, client] = await Promise.all([
    server.run(['dockerd', '--version'], { signal }),
    server.run(['docker', '--version'], { signal }),
  ])
  return daemon.status === 0 && client.status === 0
}

async function installEngine({ server, signal, onStep, onLine, done }: Work): Promise<void> {
  onStep('install Docker from the distribution')
  const options = { signal, timeoutMs: installMs, ...(onLine === undefined ? {} : { onLine }) }
  const hint = 'run "apt-get update" and "apt-get install docker.io" there and read what they say'
  await runWell(server, [...apt, 'update'], { doing: 'fetch the lists of packages', hint, ...options })
  const known = await server.run(['apt-cache', 'show', 'docker-cli'], { signal })
  const packages = ['docker.io', ...(known.status === 0 ? ['docker-cli'] : []), 'iptables']
  const install = [...apt, ...keepFiles, '--no-install-recommends', 'install', ...packages]
  await runWell(server, install, { doing: 'install Docker', hint, ...options })
  done.push('installed Docker')
}

async function rename({ server, signal, done }: Work, name: string): Promise<true> {
  await renameServer(server, name, signal)
  done.push(`named it ${name}`)
  return true
}

/** True: the file is another than before. What dockerd itself would refuse is not written. */
async function configure({ server, signal, onStep, done, notices }: Work): Promise<boolean> {
  const merged = mergeDaemonSettings(server.name, await readText(server, daemonPath, signal))
  for (const key of merged.kept) notices.push(`${daemonPath} has its own "${key}", which stays`)
  if (!merged.isChanged) return false
  onStep(`write ${daemonPath}`)
  await runWell(server, ['mkdir', '-p', '/etc/docker'], { doing: 'make /etc/docker', signal })
  const text = `${JSON.stringify(merged.settings, null, 2)}\n`
  const trial = `${daemonPath}.atoll-trial`
  await writeText(server, { path: trial, text, mode: '644' }, signal)
  await validate(server, trial, signal)
  await runWell(server, ['mv', '-f', trial, daemonPath], { doing: `write ${daemonPath}`, signal })
  done.push(`added to ${daemonPath}: a cap for logs, address pools`)
  return true
}

/** `--validate` came with Docker 23; before, a daemon that does not start says it. */
async function validate(server: Server, path: string, signal: AbortSignal): Promise<void> {
  const { status, stderr } = await server.run(['dockerd', '--validate', '--config-file', path], { signal })
  if (status === 0 || stderr.includes('unknown flag')) return
  await server.run(['rm', '-f', path], { signal })
  throw new ServerError(`${server.name}: dockerd refuses the settings: ${stderr.trim().split('\n').at(-1) ?? ''}`, {
    code: 'command-failed',
    retry: false,
    hint: `mend ${daemonPath} there: "dockerd --validate" says what is wrong with it`,
  })
}

const answerMs = 90_000
const everyMs = 300

/** A node that runs tasks is not restarted for settings: they count from its next start. */
async function start(work: Work, facts: ServerFacts, isChanged: boolean): Promise<void> {
  const { server, signal, onStep, done, notices } = work
  const isAnswering =
    (await server.run(['docker', 'version', '--format', '{{.Server.Version}}'], { signal })).status === 0
  const isNode = facts.engine.kind === 'answering' && facts.engine.swarm.kind === 'member'
  if (isAnswering && isChanged && isNode) {
    notices.push('what was changed counts after the next start of Docker there: "atoll node drain" it, then restart it')
    return
  }
  if (isAnswering && !isChanged) return
  onStep(isAnswering ? 'restart Docker' : 'start Docker')
  const begin = isAnswering ? restartEngine : startEngine
  await begin(server, facts, signal)
  await awaitEngine(server, signal)
  done.push(isAnswering ? 'restarted Docker' : 'started Docker')
}

async function awaitEngine(server: Server, signal: AbortSignal): Promise<void> {
  const deadline = AbortSignal.timeout(answerMs)
  for (;;) {
    const { status, stderr } = await server.run(['docker', 'version', '--format', '{{.Server.Version}}'], { signal })
    if (status === 0) return
    if (deadline.aborted) {
      throw new ServerError(`${server.name}: Docker does not answer after ${answerMs / 1000} s: ${stderr.trim()}`, {
        code: 'command-failed',
        retry: true,
        hint: '"journalctl -u docker" or /var/log/dockerd.log there says why',
      })
    }
    await delay(everyMs, undefined, { signal })
  }
}
