import type { DrainBegun, DrainRequest, Receipt } from '@atoll/deploy'
import type { DrainedService, DrainProgress, NodeDetail } from '@atoll/plan'
import type { Cli } from './cli.ts'
import type { Cluster } from './cluster/cluster.ts'
import type { ClusterNodes } from './cluster/nodes.ts'
import { CommandError } from './errors.ts'
import { exitStatus } from './exit-status.ts'
import { renderBegun, renderEnd, renderProgress } from './terminal/drain.ts'
import type { DrainEnd } from './terminal/drain.ts'
import { createLive } from './terminal/live.ts'

/** What was started elsewhere is waited for so long once the node is empty. */
const healthyMs = 300_000

type DrainedCluster = ClusterNodes & Pick<Cluster, 'findReceipt'>

/** Empties a node and tells how far it is, until all that ran there runs elsewhere. Ctrl-C leaves it, and says what then is. */
export const conductDrain = async (
  cli: Cli,
  {
    cluster,
    request,
    asJson,
  }: { readonly cluster: DrainedCluster; readonly request: DrainRequest; readonly asJson: boolean },
): Promise<number> => {
  // By the first look after it, what is stopped at once may be gone.
  const there = request.isForced ? listThere(await cluster.node(request.node, cli.signal)) : []
  const begun = await cluster.beginDrain(request, cli.signal)
  const { palette } = cli.stderr
  if (asJson) cli.stdout.write(`${JSON.stringify({ kind: 'begun', ...begun })}\n`)
  else cli.stderr.write(`${renderBegun(begun, { palette, nowMs: cli.clock.now() })}\n`)
  using teller = asJson ? tellAsJson(cli) : cli.stderr.isTerminal ? tellLive(cli) : tellPlain(cli)
  try {
    const end = await follow(cli, { cluster, node: begun.node, there, teller })
    const receipts = await findReceipts(cluster, { begun, end }, cli.signal)
    teller[Symbol.dispose]()
    if (asJson)
      cli.stdout.write(`${JSON.stringify({ kind: 'end', ...end, deployments: receipts.map(pickMeasured) })}\n`)
    else cli.stdout.write(`${renderEnd({ ...end, receipts }, cli.stdout.palette).join('\n')}\n`)
    return end.missing.length > 0 ? exitStatus.failed : end.stopped.length > 0 ? exitStatus.wouldLose : exitStatus.good
  } catch (error) {
    if (!cli.signal.aborted) throw error
    teller[Symbol.dispose]()
    cli.stderr.write(renderLeft(begun.node, cluster))
    return exitStatus.interrupted
  }
}

/** Of the deployments by which its apps left; one may still be watched, and has no numbers of visitors yet. */
const findReceipts = async (
  cluster: DrainedCluster,
  { begun, end }: { readonly begun: DrainBegun; readonly end: DrainEnd },
  signal: AbortSignal,
): Promise<readonly Receipt[]> => {
  const refs = new Map(end.moved.flatMap(({ ref }) => (ref ? [[`${ref.app}/${ref.environment}`, ref] as const] : [])))
  const found = await Promise.all([...refs.values()].map((ref) => cluster.findReceipt(ref, undefined, signal)))
  return found.flatMap((receipt) => (receipt !== undefined && receipt.startedAtMs >= begun.sinceMs ? [receipt] : []))
}

const pickMeasured = ({ app, environment, deployment, visitors }: Receipt) => ({
  app,
  environment,
  deployment,
  ...(visitors === undefined ? {} : { visitors }),
})

interface Following {
  readonly cluster: ClusterNodes
  readonly node: string
  /** Seen before it began. */
  readonly there: readonly DrainedService[]
  readonly teller: Teller
}

const follow = async (cli: Cli, { cluster, node, there, teller }: Following): Promise<DrainEnd> => {
  const seen = new Map(there.map((service) => [keyOf(service), service]))
  let emptyAtMs = Infinity
  for await (const progress of cluster.followDrain(node, cli.signal)) {
    for (const service of progress.services) if (service.here > 0) remember(seen, service)
    const open = progress.services.filter((service) => seen.has(keyOf(service)))
    teller.tell(progress, open)
    if (progress.stage !== 'drained') continue
    emptyAtMs = Math.min(emptyAtMs, cli.clock.now())
    const end = sumUp(node, seen, open)
    if (end.missing.length === 0 || cli.clock.now() - emptyAtMs >= healthyMs) return end
  }
  throw new CommandError('resumed', `drain ${node}: somebody resumed it meanwhile; it takes tasks`, {
    hint: `what moved stays where it is; "atoll node drain ${node}" begins anew`,
  })
}

/** That it could not move is known until it has begun to stop. */
const remember = (seen: Map<string, DrainedService>, service: DrainedService): void => {
  const known = seen.get(keyOf(service))
  if (known?.way !== 'stays' || service.way === 'moves') seen.set(keyOf(service), service)
}

const listThere = ({ services, loss }: NodeDetail): readonly DrainedService[] =>
  services.map(({ tasks, ...service }) => {
    const { because = [], lost = 0, wanted } = loss.services.find((each) => keyOf(each) === keyOf(service)) ?? {}
    const way = service.mode === 'global' ? 'ends' : lost > 0 ? 'stays' : 'follows'
    const counts = { here: tasks, elsewhere: 0, ...(wanted === undefined ? {} : { wanted }) }
    return { ...service, ...counts, way, because }
  })

const keyOf = ({ ref, service }: Pick<DrainedService, 'ref' | 'service'>): string =>
  `${ref?.app ?? ''}/${ref?.environment ?? ''}/${service}`

const sumUp = (node: string, seen: ReadonlyMap<string, DrainedService>, open: readonly DrainedService[]): DrainEnd => {
  const wanting = new Map(open.map((service) => [keyOf(service), service]))
  const movable = [...seen.values()].filter(({ way }) => way !== 'ends')
  const stopped = movable.filter((service) => service.way === 'stays' && wanting.has(keyOf(service)))
  const rest = movable.filter((service) => !stopped.includes(service))
  return {
    node,
    moved: rest.filter((service) => !wanting.has(keyOf(service))),
    stopped,
    missing: rest.flatMap((service) => wanting.get(keyOf(service)) ?? []),
  }
}

interface Teller extends Disposable {
  readonly tell: (progress: DrainProgress, services: readonly DrainedService[]) => void
}

/** What is as it was is not told again. */
const tellAsJson = (cli: Cli): Teller => {
  let last = ''
  return {
    tell: (progress, services) => {
      const line = JSON.stringify({ kind: 'progress', ...progress, services })
      if (line !== last) cli.stdout.write(`${line}\n`)
      last = line
    },
    [Symbol.dispose]: () => {},
  }
}

const tellPlain = (cli: Cli): Teller => {
  let last: readonly string[] = []
  return {
    tell: (progress, services) => {
      const lines = renderProgress(progress, services, cli.stderr.palette)
      for (const line of lines.filter((each) => !last.includes(each))) cli.stderr.write(`${line}\n`)
      last = lines
    },
    [Symbol.dispose]: () => {},
  }
}

const tellLive = (cli: Cli): Teller => {
  const live = createLive(cli.stderr)
  return {
    tell: (progress, services) => live.draw(renderProgress(progress, services, cli.stderr.palette)),
    [Symbol.dispose]: () => live.clear(),
  }
}

const renderLeft = (node: string, { drainsByItself }: ClusterNodes): string =>
  [
    drainsByItself ? `the drain of ${node} goes on in the cluster` : `the drain of ${node} stands still`,
    `  ${drainsByItself ? 'follow it:' : 'go on:    '}  atoll node drain ${node}`,
    `  take back:  atoll node resume ${node}`,
    '',
  ].join('\n')
