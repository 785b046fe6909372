import { routes } from '@atoll/api'
import type { Client, Input } from '@atoll/api'
import type { Outcome } from '@atoll/deploy'
import type { EnvironmentRef } from '@atoll/engine'
import { LeftError } from '../cluster/errors.ts'
import { runOperation } from '../platform/run-operation.ts'
import { inputOf } from './route-input.ts'
import type { Tool, ToolInput } from './tool.ts'

type Body = Input<'startDeployment'>['body']

/** Kinds of deployments that need no files, remove nothing for good, and give nobody a way into the platform. */
const descriptions = {
  'promote-canary': 'Give everybody the release that a canary measures, before its time is over.',
  'abort-canary': 'End a canary: everybody gets the release before again.',
  rollback: 'Go back to the release before, or to the one that is named.',
  scale: 'Change how many tasks of services run: `replicas` by name of the service.',
  'add-route':
    'Give a service one more way in from outside: `route` has at least `host` and `port`. Whoever reaches the nodes can use it.',
  'remove-route': 'Take away the route of that name, as list_routes names it.',
  restart: 'Replace every task of these services, one after the other; an empty list means all of them.',
  repair: 'Undo what was changed behind Atoll, in these services; an empty list means all of them.',
  resume: 'Finish a deployment whose owner is gone, or follow the one that runs.',
} as const satisfies Partial<Record<Body['kind'], string>>

/** Assistants give up on a call after a minute. */
const waitMs = 45_000

/** One tool for each kind of body that has a description here; the input is the one of the route's own schema. */
export const changeTools: readonly Tool[] = routes.startDeployment.body.options.flatMap(({ shape }) => {
  const { kind: literal, ...rest } = shape
  const kind = literal.value
  if (!isOffered(kind)) return []
  const body = (input: ToolInput): Body => {
    const { app: _app, environment: _environment, ...given } = input
    // The parts are those of this kind's own schema.
    return { kind, ...given } as Body
  }
  return {
    name: kind.replace('-', '_'),
    description: `${descriptions[kind]} It changes what runs: ask the person before. Waits ${waitMs / 1_000} seconds for the end.`,
    input: inputOf('startDeployment', rest),
    isChange: true,
    cuts: 'last',
    run: (client, input, signal) => change(client, { ref: refOf(input), body: body(input) }, signal),
  }
})

function isOffered(kind: string): kind is keyof typeof descriptions {
  return kind in descriptions
}

const refOf = ({ app, environment }: ToolInput): EnvironmentRef => ({
  app: String(app),
  environment: String(environment),
})

interface Change {
  readonly ref: EnvironmentRef
  readonly body: Body
}

interface Ongoing {
  readonly kind: 'running'
  readonly deployment?: number
  readonly next: string
}

/** How it ended, or where to look when it takes longer than an assistant waits. */
const change = async (client: Client, request: Change, signal: AbortSignal): Promise<Outcome | Ongoing> => {
  const until = AbortSignal.any([signal, AbortSignal.timeout(waitMs)])
  try {
    return await runOperation(client, request, { signal: until, onEvent: () => {} })
  } catch (error) {
    if (!(error instanceof LeftError) || signal.aborted) throw error
    const { deployment } = error.left
    const next = 'it goes on in the cluster: list_deployments and get_deployment tell how it ends'
    return { kind: 'running', ...(deployment === undefined ? {} : { deployment }), next }
  }
}
