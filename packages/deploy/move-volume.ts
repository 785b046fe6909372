import type { EnvironmentRef } from '@atoll/engine'
import type { App } from '@atoll/spec'
import type { Observed } from '@atoll/plan'
import { observe } from './attempt/converge.ts'
import { callToBegin } from './context.ts'
import type { Context, RunOptions } from './context.ts'
import { getCurrentRelease, runWithoutFiles } from './derive.ts'
import { NotFoundError, RefusedError, renderRef } from './errors.ts'
import type { Outcome } from './records.ts'

/**
 * Moves a volume to a node: its services stop, everything is copied and compared, they start there. `volume` is its name in
 * the compose file or the engine's; `to` a node's name or id. Volumes that the same services mount move with it.
 */
export const moveVolume = async (
  context: Context,
  { ref, volume, to }: { readonly ref: EnvironmentRef; readonly volume: string; readonly to: string },
  options: RunOptions,
): Promise<Outcome> => {
  const call = callToBegin(context, ref, options)
  const { app, number } = await getCurrentRelease(call)
  const observed = await observe(call)
  const node = getNode(observed, to)
  const first = app.volumes.find(({ name, engineName }) => name === volume || engineName === volume)
  const places = new Map(observed.volumes.map(({ engineName, nodeId }) => [engineName, nodeId]))
  if (first === undefined || !places.has(first.engineName)) {
    const known = [...places.keys()].join(', ') || 'none'
    throw new NotFoundError(`${renderRef(ref)} has no volume ${volume} on a node`, `its volumes are: ${known}`)
  }
  const volumes = findTogether(app, first.engineName).filter((engineName) => places.has(engineName))
  if (volumes.every((engineName) => places.get(engineName) === node.id)) {
    throw new RefusedError(`move volume ${volume} to ${node.name}: it is there already`)
  }
  const task = { kind: 'move-volume' as const, volumes, toNodeId: node.id, toNode: node.name }
  return runWithoutFiles(call, { task, release: number, basedOn: number, acceptsWarnings: true })
}

const getNode = ({ nodes }: Observed, to: string): Observed['nodes'][number] => {
  const node = nodes.find(({ id, name }) => id === to || name === to)
  const names = nodes.map(({ name }) => name).join(', ')
  if (node === undefined) throw new NotFoundError(`there is no node ${to}`, `the nodes are ${names}`)
  if (node.state === 'ready' && node.availability === 'active') return node
  throw new RefusedError(`node ${node.name} takes no tasks: it is ${node.state}, ${node.availability}`, {
    hint: 'choose another, or make it ready first',
  })
}

/** The volume, and those tied to it by services that mount both, directly or through others. */
const findTogether = (app: App, first: string): readonly string[] => {
  const together = new Set([first])
  for (const engineName of together) {
    for (const mounted of app.services.map(listVolumes).filter((names) => names.includes(engineName))) {
      for (const name of mounted) together.add(name)
    }
  }
  return [...together]
}

const listVolumes = ({ mounts }: App['services'][number]): readonly string[] =>
  mounts.flatMap((mount) => (mount.kind === 'volume' ? [mount.definition.engineName] : []))
