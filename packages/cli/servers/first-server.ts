import { formSwarm, leaveSwarm, observeServer } from '@atoll/server'
import type { Server, ServerFacts, SshLogin } from '@atoll/server'
import type { Cli } from '../cli.ts'
import { CommandError, UsageError } from '../errors.ts'
import { chooseAddress } from './choose-address.ts'
import { inspectServer, prepare } from './lay-ground.ts'
import type { Steps } from './lay-ground.ts'
import { requireLocalRoot } from './require-local-root.ts'

type Asker = Pick<Cli, 'clock' | 'signal' | 'stdin' | 'confirm'>

export interface FirstRequest {
  /** Absent: the server we are on. */
  readonly login?: SshLogin
  readonly address?: string
  /** Nobody is asked whether this server may be changed. */
  readonly isSure: boolean
  /** `--ingress`; absent: as it is, and on at first. */
  readonly hasIngress?: boolean
}

/**
 * Sees to it that a server is the manager of a Swarm: what is one already stays as it is, of what is none one is made. Throws
 * CommandError `unfit`, ServerError; UsageError when somebody would have to be asked and nobody is there.
 */
export const ensureFirst = async (
  cli: Asker,
  { server, request, steps }: { readonly server: Server; readonly request: FirstRequest; readonly steps: Steps },
): Promise<void> => {
  const before = await observeServer(server, { now: () => cli.clock.now() }, cli.signal)
  if (isManager(before)) return
  if (request.login === undefined) await requireLocalRoot(server, cli.signal)
  await confirm(cli, { request, facts: before })
  const { hasIngress = true } = request
  const { facts } = await inspectServer(cli, { server, wanted: { isManager: true, hasIngress }, steps })
  await prepare(cli, { server, facts, steps })
  await form(cli, { server, facts, request, steps })
}

const isManager = ({ engine }: ServerFacts): boolean =>
  engine.kind === 'answering' && engine.swarm.kind === 'member' && engine.swarm.isManager

/** A server that somebody has named is meant; the one we are on may be anybody's laptop. */
const confirm = async (
  cli: Asker,
  { request, facts }: { readonly request: FirstRequest; readonly facts: ServerFacts },
): Promise<void> => {
  if (request.login !== undefined || request.isSure) return
  const what = `make this server (${facts.hostname}) the first of a cluster`
  if (!cli.stdin.isTerminal) throw new UsageError(`${what}: nobody is here to be asked`, 'say --yes if you mean it')
  const install = facts.engine.kind === 'absent' ? ' Docker is installed for it.' : ''
  if (await cli.confirm(`Shall this server (${facts.hostname}) be the first of a cluster?${install}`)) return
  throw new CommandError('left', 'nothing was changed')
}

interface Forming {
  readonly server: Server
  readonly facts: ServerFacts
  readonly request: FirstRequest
  readonly steps: Steps
}

const form = async (cli: Asker, { server, facts, request, steps }: Forming): Promise<void> => {
  const { addresses, engine } = facts
  const address = request.address ?? chooseAddress(addresses, []) ?? ''
  steps.onStep(`form the cluster at ${address}`)
  // What began to join another and did not finish.
  if (engine.kind === 'answering' && engine.swarm.kind === 'member') await leaveSwarm(server, cli.signal)
  await formSwarm(server, { address, addresses }, cli.signal)
}
