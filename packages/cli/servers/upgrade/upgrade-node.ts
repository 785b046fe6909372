import { setTimeout as delay } from 'node:timers/promises'
import type { HeldNode } from '@atoll/plan'
import {
  awaitEngineVersion,
  clearUpgrade,
  isAbout,
  knockFrom,
  markUpgrade,
  readBootMark,
  ServerError,
} from '@atoll/server'
import { upgradeServer } from '@atoll/server'
import type { PackageChange, Server, SshLogin } from '@atoll/server'
import type { Cli } from '../../cli.ts'
import { conductDrain } from '../../conduct-drain.ts'
import { CommandError, InterruptedError } from '../../errors.ts'
import { exitStatus } from '../../exit-status.ts'
import type { Steps } from '../lay-ground.ts'
import type { Joinable } from '../open-joinable.ts'
import { proveNodes } from '../prove-nodes.ts'
import { isDrained } from './preflight.ts'
import type { Preflight, Reboot } from './preflight.ts'

export interface NodeUpgrade {
  readonly joinable: Joinable
  readonly login: SshLogin
  readonly steps: Steps & Disposable
  readonly reboot: Reboot
  readonly deadlineMs?: number
  readonly image?: string
  readonly asJson: boolean
}

export interface UpgradedNode {
  readonly node: string
  readonly packages: readonly PackageChange[]
  readonly engine: { readonly from: string; readonly to: string }
  readonly isRebooted: boolean
  readonly provenWith: readonly string[]
  readonly notes: readonly string[]
}

/**
 * Drains a node, upgrades its server, boots it where that is needed, waits until it is back, gives it tasks again and proves it.
 * CommandError `upgrade-stopped` for whatever goes wrong on the way: the node is left drained then, and the same once more goes on.
 */
export const upgradeNode = async (cli: Cli, upgrade: NodeUpgrade, before: Preflight): Promise<UpgradedNode> => {
  const { node, isLeft } = before
  const wasDrained = isDrained(node) && !isLeft
  await using stack = new AsyncDisposableStack()
  const server = stack.use(await cli.openServer(upgrade.login))
  // Somebody has drained it for a reason of their own, and a witness takes no tasks anyhow.
  const isOurs = !wasDrained && !node.isWitness
  if (isOurs) {
    await markUpgrade({ server, signal: cli.signal })
    await drain(cli, upgrade, node)
  }
  try {
    const { back, ...done } = await change(cli, upgrade, { before, server })
    stack.use(back)
    const provenWith = isOurs ? await giveBack(cli, upgrade, { node, server: back }) : []
    const notes = wasDrained ? [`${node.name} was drained before, and stays so; it is not proven`] : []
    return { node: node.name, ...done, provenWith, notes: [...done.notes, ...notes] }
  } catch (error) {
    throw stop(cli, error, node.name)
  }
}

const drain = async (
  cli: Cli,
  { joinable, steps, deadlineMs, asJson }: NodeUpgrade,
  { name }: HeldNode,
): Promise<void> => {
  // Its lines are its own.
  steps[Symbol.dispose]()
  const request = { node: name, isForced: false, ...(deadlineMs === undefined ? {} : { deadlineMs }) }
  const status = await conductDrain(cli, { cluster: joinable.cluster, request, asJson })
  if (status === exitStatus.interrupted) throw new InterruptedError('interrupted')
  if (status !== exitStatus.failed) return
  throw new CommandError('upgrade-stopped', `upgrade ${name}: not all that ran there is healthy elsewhere`, {
    hint: `nothing of the server was changed; "atoll why" says what is the matter, "atoll node resume ${name}" takes the drain back`,
  })
}

interface Changing {
  readonly before: Preflight
  readonly server: Server
}

type Changed = Pick<UpgradedNode, 'packages' | 'engine' | 'isRebooted' | 'notes'> & { readonly back: Server }

/** Packages, and a boot or a new start of Docker; until it answers again. */
const change = async (cli: Cli, upgrade: NodeUpgrade, { before, server }: Changing): Promise<Changed> => {
  const { steps, reboot, login } = upgrade
  const { node, facts } = before
  const { signal } = cli
  const onStep = (step: string): void => steps.onStep(`${node.name}: ${step}`)
  const order = { facts, reboot, onStep, onLine: steps.onLine }
  const { bootMark, isRebootLeft } = await upgradeServer({ server, signal }, order)
  if (bootMark !== undefined) onStep('wait until it is back')
  const back = bootMark === undefined ? await cli.openServer(login) : await awaitBoot(cli, login, bootMark)
  const to = await awaitEngineVersion({ server: back, signal })
  onStep('wait until the managers see it ready')
  await awaitReady(upgrade.joinable, node, signal)
  const left = isRebootLeft ? [`${node.name}: what was upgraded counts from the next boot`] : []
  const engine = { from: facts.engineVersion, to }
  return { packages: facts.packages, engine, isRebooted: bootMark !== undefined, notes: left, back }
}

const bootMs = 900_000
const everyMs = 1_000

/** ServerError `unreachable` or `timed-out`, of the last time it was tried. */
const awaitBoot = async (cli: Cli, login: SshLogin, before: string): Promise<Server> => {
  const untilMs = performance.now() + bootMs
  for (;;) {
    const server = await tryBooted(cli, { login, before, isLast: performance.now() > untilMs })
    if (server !== undefined) return server
    await delay(everyMs, undefined, { signal: cli.signal })
  }
}

interface Attempt {
  readonly login: SshLogin
  readonly before: string
  readonly isLast: boolean
}

/** Undefined while it is not back; on the way down it may answer still. */
const tryBooted = async (cli: Cli, { login, before, isLast }: Attempt): Promise<Server | undefined> => {
  try {
    const server = await cli.openServer(login)
    if ((await readBootMark({ server, signal: cli.signal })) !== before) return server
    await server[Symbol.asyncDispose]()
  } catch (error) {
    cli.signal.throwIfAborted()
    if (isLast || !(error instanceof ServerError && error.retry)) throw error
  }
  if (!isLast) return undefined
  throw new CommandError('not-back', `${login.destination}: it has not booted after ${bootMs / 1000} s`, {
    hint: 'look at its console; "atoll node upgrade" goes on when it is back',
  })
}

const readyMs = 180_000

/** A manager is there as one. The engine that is asked may be the one that was away. */
const awaitReady = async ({ cluster }: Joinable, { id, name, role }: HeldNode, signal: AbortSignal): Promise<void> => {
  const untilMs = performance.now() + readyMs
  const isBack = async (): Promise<boolean> => {
    try {
      const node = (await cluster.nodes(signal)).find((each) => each.id === id)
      return node?.state === 'ready' && (node.role === 'worker') === (role === 'worker')
    } catch (error) {
      signal.throwIfAborted()
      if (performance.now() > untilMs) throw error
      return false
    }
  }
  while (!(await isBack())) {
    if (performance.now() > untilMs) {
      throw new CommandError('not-ready', `the managers do not see ${name} ready after ${readyMs / 1000} s`, {
        hint: '"docker node ls" on a manager, and Docker\'s log on the server, say why',
      })
    }
    await delay(everyMs, undefined, { signal })
  }
}

interface Returned {
  readonly node: HeldNode
  readonly server: Server
}

/** A task proves it, so it takes tasks again first; one that is not proven takes none any more. */
const giveBack = async (cli: Cli, upgrade: NodeUpgrade, { node, server }: Returned): Promise<readonly string[]> => {
  const { cluster } = upgrade.joinable
  const { signal } = cli
  upgrade.steps.onStep(`${node.name}: see whether it reaches the others`)
  await knock(cli, upgrade, { node, server })
  await cluster.resumeNode(node.id, signal)
  try {
    const provenWith = await prove(cli, upgrade, { node, server })
    await clearUpgrade({ server, signal })
    return provenWith
  } catch (error) {
    await cluster.beginDrain({ node: node.id, isForced: true }, AbortSignal.timeout(readyMs))
    throw error
  }
}

/** Before it takes a single task. */
const knock = async (cli: Cli, { joinable }: NodeUpgrade, { node, server }: Returned): Promise<void> => {
  const others = (await joinable.cluster.nodes(cli.signal)).filter(
    ({ id, state }) => id !== node.id && state === 'ready',
  )
  const doors = others.map(({ address }) => `${address}:7946`)
  const closed = (await knockFrom(server, doors, cli.signal)) ?? []
  if (closed.length === 0) return
  throw new CommandError('ports-closed', `${node.name}: it does not reach ${closed.join(', ')} (tcp)`, {
    hint: 'did the upgrade bring a firewall? "iptables -S" and "nft list ruleset" there say so',
  })
}

const prove = async (
  cli: Cli,
  { joinable, steps, image: named }: NodeUpgrade,
  { node, server }: Returned,
): Promise<readonly string[]> => {
  const { cluster, giveImage } = joinable
  steps.onStep(`${node.name}: prove it with the others`)
  const to = { nodeId: node.id, socket: await server.openSocket('/var/run/docker.sock') }
  const image = await giveImage({ to, ...(named === undefined ? {} : { image: named }) }, cli.signal)
  const nodes = await cluster.nodes(cli.signal)
  const about = { id: node.id, isCandidate: false }
  const found = await proveNodes(cluster, { nodes, image, about }, cli.signal)
  const findings = found.filter((each) => isAbout(each, node.name))
  if (findings.length > 0) {
    throw new CommandError('not-proven', findings.map(({ message }) => message).join('; '), {
      hint: [...new Set(findings.map(({ remedy }) => remedy))].join('; '),
    })
  }
  return nodes.filter(({ id, state }) => id !== node.id && state === 'ready').map(({ name }) => name)
}

/** What went wrong, and how it stands. */
const stop = (cli: Cli, error: unknown, node: string): unknown => {
  const left = `${node} is left drained: mend this and run the same once more; "atoll node resume ${node}" gives it tasks as it is`
  if (cli.signal.aborted) {
    cli.stderr.write(`${left}\n`)
    return error
  }
  if (!(error instanceof Error)) return error
  const hint = 'hint' in error && typeof error.hint === 'string' ? `${error.hint}; ` : ''
  return new CommandError('upgrade-stopped', `upgrade ${node}: ${error.message}`, {
    hint: `${hint}${left}`,
    cause: error,
  })
}
