import { whatIf, whatIfEach } from '@atoll/plan'
import type { Occupancy, ObservedNode, WhatIf, WhatIfScope } from '@atoll/plan'
import type { Context } from '../context.ts'
import { NotFoundError } from '../errors.ts'

export interface WhatIfRequest {
  /** Nodes that go together, by name or id. */
  readonly lose?: readonly string[]
  /** All nodes whose label `zone` has this value go, too. Without either each node goes in turn. */
  readonly zone?: string
  /** Only services of this app are told of; all are placed. */
  readonly app?: string
  readonly environment?: string
}

export interface WhatIfAnswer {
  readonly atMs: number
  /** One, or one for each node in turn; of those only services that would not be whole are told of. */
  readonly outcomes: readonly WhatIf[]
  /** One app alone was looked at: others may take the room, and nothing is told of what is left of nodes. */
  readonly isAlone?: true
}

type World = Pick<Context, 'clock'> & { readonly engine: Pick<Context['engine'], 'occupancy'> }

/** What the loss of nodes would do, from the present state; NotFoundError for a node, a zone or an app that is not there. */
export const foresee = async (
  { engine, clock }: World,
  request: WhatIfRequest,
  signal: AbortSignal,
): Promise<WhatIfAnswer> => {
  const atMs = clock.now()
  const occupancy = await engine.occupancy(signal)
  const scope = findScope(request, occupancy)
  const options = scope === undefined ? {} : { scope }
  const lost = findLost(request, occupancy.nodes)
  if (lost !== undefined) return { atMs, outcomes: [whatIf(occupancy, lost, options)] }
  return { atMs, outcomes: whatIfEach(occupancy, options).map(withoutWhole) }
}

/** The same for who may see this app and no other: what others have reserved is not counted, so that it is told to nobody. */
export const foreseeAlone = async (
  { engine, clock }: World,
  request: WhatIfRequest & { readonly app: string },
  signal: AbortSignal,
): Promise<WhatIfAnswer> => {
  const occupancy = async (until: AbortSignal): Promise<Occupancy> => {
    const found = await engine.occupancy(until)
    return { ...found, services: found.services.filter(({ ref }) => ref?.app === request.app) }
  }
  const { atMs, outcomes } = await foresee({ engine: { occupancy }, clock }, request, signal)
  return { atMs, outcomes: outcomes.map((outcome) => ({ ...outcome, nodes: [] })), isAlone: true }
}

const withoutWhole = (outcome: WhatIf): WhatIf => ({
  ...outcome,
  services: outcome.services.filter(({ lost, emptyVolumes }) => lost > 0 || emptyVolumes.length > 0),
})

const findScope = ({ app, environment }: WhatIfRequest, { services }: Occupancy): WhatIfScope | undefined => {
  if (app === undefined) return undefined
  const isThere = services.some(
    ({ ref }) => ref?.app === app && (environment === undefined || ref.environment === environment),
  )
  const name = environment === undefined ? app : `${app}/${environment}`
  if (!isThere)
    throw new NotFoundError(`ask what ${name} would lose: nothing of it runs here`, '"atoll ls" lists what does')
  return { app, ...(environment === undefined ? {} : { environment }) }
}

/** Ids; undefined when nobody said which. */
const findLost = (
  { lose = [], zone }: WhatIfRequest,
  nodes: readonly ObservedNode[],
): readonly string[] | undefined => {
  if (lose.length === 0 && zone === undefined) return undefined
  return [...lose.flatMap((given) => findNodes(given, nodes)), ...(zone === undefined ? [] : findZone(zone, nodes))]
}

const findNodes = (given: string, nodes: readonly ObservedNode[]): readonly string[] => {
  const found = nodes.filter(({ id, name }) => id === given || name === given)
  if (found.length > 0) return found.map(({ id }) => id)
  const names = nodes.map(({ name }) => name).join(', ')
  throw new NotFoundError(`lose ${given}: there is no such node`, `the nodes are ${names}`)
}

const findZone = (zone: string, nodes: readonly ObservedNode[]): readonly string[] => {
  const found = nodes.filter(({ labels }) => labels['zone'] === zone)
  if (found.length > 0) return found.map(({ id }) => id)
  const zones = [...new Set(nodes.flatMap(({ labels }) => labels['zone'] ?? []))].toSorted()
  const hint =
    zones.length === 0
      ? 'no node has the label "zone": atoll node label NODE zone=NAME'
      : `the zones are ${zones.join(', ')}`
  throw new NotFoundError(`lose zone ${zone}: no node is in it`, hint)
}
