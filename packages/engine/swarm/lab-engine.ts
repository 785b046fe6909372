import type { TestLab } from '@atoll/lab/testing'
import type { Service } from '@atoll/spec'
import { createService } from '@atoll/plan/fixtures'
import type { EnvironmentRef } from '../engine.ts'
import { openSwarmEngine, resolveEndpoints } from './index.ts'
import type { SwarmEngine } from './index.ts'

/** For tests: an engine over the nodes of a lab named; all of them unless said, and as patient as always. */
export const openLabEngine = async (
  lab: TestLab,
  names?: readonly string[],
  options: { readonly patienceMs?: number } = {},
): Promise<SwarmEngine> => {
  const nodes = lab.nodes.filter(({ name }) => names?.includes(name) ?? true)
  const engines = nodes.map(({ socket }) => `unix://${socket}`)
  const endpoints = await resolveEndpoints({ engines, variables: {} })
  return openSwarmEngine({ endpoints, variables: { HOME: '/nonexistent' }, now: Date.now, ...options })
}

/** For tests: a service that runs a shell line in every task. */
export const createLabService = (
  lab: TestLab,
  { ref, name }: { readonly ref: EnvironmentRef; readonly name: string },
  change: Partial<Service> = {},
): Service =>
  createService(name, {
    engineName: `${ref.app}_${ref.environment}_${name}`,
    image: lab.images.base,
    command: ['sleep', 'infinity'],
    stopGraceMs: 1_000,
    ...change,
  })
