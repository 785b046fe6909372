import type { App } from '@atoll/spec'
import type { NewRelease } from '../attempt/begin.ts'
import type { Call } from '../context.ts'
import { RefusedError, renderRef } from '../errors.ts'
import type { Release } from '../records.ts'
import { deriveCanary } from './derive-canary.ts'
import { renderPart } from './judge-canary.ts'
import type { CanaryPlan } from './records.ts'

export type CanaryRequest = Pick<CanaryPlan, 'share' | 'forMs'>

/** The release a canary can stand beside. RefusedError: nobody counts, nothing runs yet, or there is one already. */
export const requireBase = ({ context, ref }: Call, current: Release | undefined): Release => {
  const doing = `deploy a canary of ${renderRef(ref)}`
  if (context.visitors === undefined) {
    throw new RefusedError(`${doing}: nobody serves and counts its requests here`, {
      hint: 'a canary needs the platform: "atoll init"; without one deploy without --canary',
    })
  }
  if (current === undefined) {
    throw new RefusedError(`${doing}: no release has converged here yet`, { hint: 'deploy it first: "atoll deploy"' })
  }
  if (current.canary === undefined) return current
  throw new RefusedError(`${doing}: release ${current.number} is one, which is being measured`, {
    hint: 'end it first with "atoll canary promote" or "atoll canary abort"; "atoll deploy" alone takes its place',
  })
}

interface Begun {
  readonly base: Release
  readonly next: App
  readonly request: CanaryRequest
  readonly acceptsWarnings: boolean
  readonly git: Release['git']
}

/** RefusedError with every reason why this cannot be a canary. */
export const chooseCanary = ({ ref }: Call, { base, next, request, acceptsWarnings, git }: Begun): NewRelease => {
  const { share, forMs } = request
  const derived = deriveCanary({ current: base, next, share, acceptsWarnings })
  if (derived.kind === 'refused') {
    throw new RefusedError(`deploy a canary of ${renderRef(ref)}: ${derived.reasons.join('; ')}`, {
      hint: 'deploy it without --canary; nothing was changed',
    })
  }
  const { number, jobsOf = number } = base
  return {
    app: derived.app,
    next,
    jobsOf,
    canary: { base: number, share, forMs, services: derived.services },
    origin: {
      kind: 'canary',
      from: number,
      note: `${renderPart(share)} of ${derived.services.map(({ service }) => service).join(', ')}`,
    },
    ...(git === undefined ? {} : { git }),
  }
}
