import { setTimeout as delay } from 'node:timers/promises'
import { finishPackages, installPackages, updateLists } from './apt.ts'
import { ask } from './ask.ts'
import { readDaemonSettings, writeDaemonSettings } from './daemon-file.ts'
import { daemonPath, mergeDaemonSettings } from './daemon-settings.ts'
import { ServerError } from './errors.ts'
import type { ServerFacts } from './facts.ts'
import type { Ran, Server } from './server.ts'
import { renameServer } from './rename-server.ts'
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
  if (facts.brokenPackages.length > 0) await finishBroken(work)
  if (!(await isInstalled(work))) await installEngine(work)
  const isRenamed = name !== undefined && name !== facts.hostname && (await rename(work, name))
  const isChanged = await configure(work)
  await start(work, facts, isRenamed || isChanged)
  return { done: work.done, notices: work.notices }
}

/** What is told of each line; nothing where nobody listens. */
const telling = ({ onLine }: Work): Pick<PrepareOptions, 'onLine'> => (onLine === undefined ? {} : { onLine })

async function finishBroken(work: Work): Promise<void> {
  work.onStep('finish the packages that are half installed')
  await finishPackages(work, { ...telling(work), hint: 'run "dpkg --configure -a" there and read what it says' })
  work.done.push('finished the packages that were half installed')
}

/** The engine and the command that speaks to it; both, because newer releases have them in packages of their own. */
async function isInstalled(work: Work): Promise<boolean> {
  const [daemon, client] = await Promise.all([ask(work, ['dockerd', '--version']), ask(work, ['docker', '--version'])])
  return daemon.status === 0 && client.status === 0
}

async function installEngine(work: Work): Promise<void> {
  work.onStep('install Docker from the distribution')
  const hint = 'run "apt-get update" and "apt-get install docker.io" there and read what they say'
  const options = { ...telling(work), hint }
  await updateLists(work, options)
  const known = await ask(work, ['apt-cache', 'show', 'docker-cli'])
  await installPackages(work, ['docker.io', ...(known.status === 0 ? ['docker-cli'] : []), 'iptables'], options)
  work.done.push('installed Docker')
}

async function rename(work: Work, name: string): Promise<true> {
  await renameServer(work, name)
  work.done.push(`named it ${name}`)
  return true
}

/** True: the file is another than before. */
async function configure(work: Work): Promise<boolean> {
  const { settings, isChanged, kept } = mergeDaemonSettings(await readDaemonSettings(work))
  for (const key of kept) work.notices.push(`${daemonPath} has its own "${key}", which stays`)
  if (!isChanged) return false
  work.onStep(`write ${daemonPath}`)
  await writeDaemonSettings(work, settings)
  work.done.push(`added to ${daemonPath}: a cap for logs, address pools`)
  return true
}

const answerMs = 90_000
const everyMs = 300

/** A node that runs tasks is not restarted for settings: they count from its next start. */
async function start(work: Work, facts: ServerFacts, isChanged: boolean): Promise<void> {
  const { onStep, done, notices } = work
  const isAnswering = (await askEngine(work)).status === 0
  const isNode = facts.engine.kind === 'answering' && facts.engine.swarm.kind === 'member'
  if (isAnswering && isChanged && isNode) {
    notices.push('what was changed counts after the next start of Docker there: "atoll node drain" it, then restart it')
    return
  }
  if (isAnswering && !isChanged) return
  onStep(isAnswering ? 'restart Docker' : 'start Docker')
  const begin = isAnswering ? restartEngine : startEngine
  await begin(work, facts)
  await awaitEngine(work)
  done.push(isAnswering ? 'restarted Docker' : 'started Docker')
}

const askEngine = (work: Work): Promise<Ran> => ask(work, ['docker', 'version', '--format', '{{.Server.Version}}'])

async function awaitEngine(work: Work): Promise<void> {
  const deadline = AbortSignal.timeout(answerMs)
  for (;;) {
    const { status, stderr } = await askEngine(work)
    if (status === 0) return
    if (deadline.aborted) {
      throw new ServerError(
        `${work.server.name}: Docker does not answer after ${answerMs / 1000} s: ${stderr.trim()}`,
        {
          code: 'command-failed',
          retry: true,
          hint: '"journalctl -u docker" or /var/log/dockerd.log there says why',
        },
      )
    }
    await delay(everyMs, undefined, { signal: work.signal })
  }
}
