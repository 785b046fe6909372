import type { Context } from '@atoll/deploy'
import { CommandError } from '../../errors.ts'
import { findBuild } from '../build.ts'
import type { PlatformBuild } from '../build.ts'
import { systemRef } from '../system-app.ts'
import { findPlatformRelease } from './standing.ts'

/** `init` installs and repairs; where the platform runs with other programs there is one way to new ones. CommandError `other-build`. */
export const refuseOtherBuild = async (context: Context, to: PlatformBuild, signal: AbortSignal): Promise<void> => {
  const current = await findPlatformRelease(context, signal)
  if (current === undefined || findBuild(current.app).name === to.name) return
  // Documents that came out of a backup tell of a platform that is not there yet.
  const { services } = await context.engine.observe(systemRef, signal)
  if (!services.some(({ isOwned }) => isOwned)) return
  throw new CommandError(
    'other-build',
    `install the platform: it is here already, as ${findBuild(current.app).name}, and this is ${to.name}`,
    { hint: 'run "atoll upgrade" with the same --engine, which brings the new build node by node' },
  )
}
