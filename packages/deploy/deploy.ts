import type { App, SecretValues } from '@atoll/spec'
import { begin } from './attempt/begin.ts'
import type { NewRelease } from './attempt/begin.ts'
import { prepareImages } from './attempt/prepare.ts'
import { run } from './attempt/run.ts'
import { chooseCanary, requireBase } from './canary/begin-canary.ts'
import type { CanaryRequest } from './canary/begin-canary.ts'
import { callToBegin } from './context.ts'
import type { Call, Context, RunOptions } from './context.ts'
import { findRelease } from './ledger/ledger.ts'
import { awaitFree } from './ledger/take-lease.ts'
import { chooseRelease, keepGenerations } from './next-release.ts'
import type { Outcome, Release } from './records.ts'

export interface DeployRequest {
  readonly app: App
  readonly secrets: SecretValues
  /** `user@host`, or what the caller says. */
  readonly author: string
  readonly git?: Release['git']
  /** Goes on in spite of warnings that block. */
  readonly acceptsWarnings?: boolean
  /** Where built images are pushed: `127.0.0.1:5000`. Needed for a `build` without `image`. */
  readonly registry?: string
  /** Where the backup is that was made before, for the receipt. */
  readonly backup?: string
  /** A part of the requests goes to a few new tasks first; `promoteCanary` and `abortCanary` end that. */
  readonly canary?: CanaryRequest
}

/**
 * Brings an environment to what the files say: images, release, plan, apply, watch, receipt. If any service fails the whole
 * app goes back to the release before. BusyError when somebody else's deployment runs; HandedOverError when the signal
 * ended the call on the way.
 */
export const deploy = async (context: Context, request: DeployRequest, options: RunOptions): Promise<Outcome> => {
  const ref = { app: request.app.name, environment: request.app.environment }
  const call = callToBegin(context, ref, options)
  const startedAtMs = context.clock.now()
  const environment = await awaitFree(call)
  const current = environment.current === undefined ? undefined : await findRelease(call, environment.current)
  if (request.canary !== undefined) requireBase(call, current)
  const { app, warnings, phases } = await prepareImages(call, { app: request.app, registry: request.registry, current })
  const attempt = await begin(call, {
    task: { kind: 'release' },
    release: choose(call, request, { app: keepGenerations(app, current), current }),
    ...(request.canary === undefined ? {} : { basedOn: requireBase(call, current).number }),
    secrets: request.secrets,
    author: request.author,
    acceptsWarnings: request.acceptsWarnings ?? false,
    warnings,
    phases,
    startedAtMs,
    ...(request.backup === undefined ? {} : { backup: request.backup }),
  })
  return run(attempt, options.signal)
}

interface Resolved {
  readonly app: App
  readonly current: Release | undefined
}

const choose = (call: Call, request: DeployRequest, { app, current }: Resolved): NewRelease | number => {
  const { canary, git, acceptsWarnings = false } = request
  if (canary === undefined) return chooseRelease(app, current, git)
  return chooseCanary(call, { base: requireBase(call, current), next: app, request: canary, acceptsWarnings, git })
}
