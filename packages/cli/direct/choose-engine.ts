import type { Lab } from '@atoll/lab'
import { CommandError } from '../errors.ts'

/** Which engines to open, as `--engine` would name them, and where images built for them go. */
export interface EngineChoice {
  readonly engines: readonly string[]
  readonly registry?: string
  readonly name: string
  /** Engines of all nodes, where they are known. */
  readonly nodes?: readonly string[]
}

interface Choices {
  /** `--engine`. */
  readonly engines: readonly string[]
  readonly variables: Readonly<Record<string, string>>
  readonly labs: readonly Lab[]
  /** Where the docker client would go by itself: its current context, or the socket of this machine. */
  readonly fallback: { readonly name: string; readonly isThere: boolean; readonly isContext: boolean }
}

/**
 * The first of: `--engine`, DOCKER_HOST, DOCKER_CONTEXT or the current docker context, the only lab of this machine or
 * `dev`, the engine of this machine. A manager of a lab brings the lab's other managers with it, should it die.
 */
export const chooseEngine = ({ engines, variables, labs, fallback }: Choices): EngineChoice => {
  const named = engines.length > 0 ? engines : splitList(variables['DOCKER_HOST'])
  if (named.length > 0) return withLab(named, labs)
  if (fallback.isContext) return { engines: [], name: fallback.name }
  const candidates = labs.filter((lab) => !isTestLab(lab))
  const lab = candidates.length === 1 ? candidates[0] : candidates.find(({ name }) => name === defaultLab)
  if (lab !== undefined) return useLab(lab, [])
  if (candidates.length > 1 && !fallback.isThere) throw severalLabs(candidates)
  if (!fallback.isThere) throw noEngine(fallback.name)
  return { engines: [], name: fallback.name }
}

const splitList = (text: string | undefined): readonly string[] =>
  (text ?? '').split(',').filter((word) => word.trim() !== '')

/** What `atoll lab up` makes when nobody gives a name. */
const defaultLab = 'dev'

/** Labs of tests come and go; nobody deploys to one by accident. */
const isTestLab = (lab: Lab): boolean => lab.name.startsWith('test-')

const withLab = (engines: readonly string[], labs: readonly Lab[]): EngineChoice => {
  const lab = labs.find(({ nodes }) => nodes.some((node) => engines.includes(`unix://${node.socket}`)))
  return lab === undefined ? { engines, name: engines.join(', ') } : useLab(lab, engines)
}

const useLab = (lab: Lab, first: readonly string[]): EngineChoice => {
  const nodes = lab.nodes.map((node) => `unix://${node.socket}`)
  const managers = nodes.filter((_, at) => lab.nodes[at]?.isManager)
  return { engines: [...new Set([...first, ...managers])], registry: lab.registry, name: `lab ${lab.name}`, nodes }
}

const severalLabs = (labs: readonly Lab[]): CommandError =>
  new CommandError(
    'several-labs',
    `find an engine: there are ${labs.length} labs: ${labs.map(({ name }) => name).join(', ')}`,
    {
      hint: `say which: --engine unix://${labs[0]?.nodes[0]?.socket}, or set DOCKER_HOST`,
    },
  )

const noEngine = (name: string): CommandError =>
  new CommandError('no-engine', `find an engine: ${name} is not there, and no other is named`, {
    hint: 'name a manager: --engine ssh://root@HOST, DOCKER_HOST or a docker context; or "atoll lab up" to try one here; "atoll init" makes a cluster of this server',
  })
