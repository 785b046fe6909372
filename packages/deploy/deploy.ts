import type { App, SecretValues } from '@atoll/spec'
import { begin } from './attempt/begin.ts'
import { prepareImages } from './attempt/prepare.ts'
import { run } from './attempt/run.ts'
import { callToBegin } from './context.ts'
import type { Context, RunOptions } from './context.ts'
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
  const { app, warnings, phases } = await prepareImages(call, { app: request.app, registry: request.registry, current })
  const attempt = await begin(call, {
    task: { kind: 'release' },
    release: chooseRelease(keepGenerations(app, current), current, request.git),
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
