import { requireNoRestore } from '@atoll/backup'
import { createInvitation } from '@atoll/control/invitations'
import { deploy } from '@atoll/deploy'
import type { Context, Outcome, RunOptions } from '@atoll/deploy'
import { fingerprintOf } from '@atoll/authority'
import type { ImageStore } from '@atoll/engine/swarm'
import type { Door } from './await-controls.ts'
import { readImageArchive } from './image-archive.ts'
import { makeImage, ownArchivePath } from './make-image.ts'
import { checkReach, supplyImage } from './supply-image.ts'
import { ensureKeys } from './keys.ts'
import { knock } from './knock.ts'
import { loadSystemApp } from './system-app.ts'
import type { KeptImages } from './system-app.ts'
import { refuseOtherBuild } from './upgrade/refuse-other-build.ts'
import { readSettings } from './upgrade/settings.ts'
import { findPlatformRelease } from './upgrade/standing.ts'

export interface Installation {
  readonly outcome: Outcome
  /** One per node, in the order of their names. */
  readonly doors: readonly Door[]
  /** Of the authority: what people compare. */
  readonly fingerprint: string
  /** Makes the first owner; absent once there is one. */
  readonly link?: string
}

export interface InstallRequest {
  /** Where the nodes pull the image from, and what controls build goes; without it each engine is given the image. */
  readonly registry?: string
  /** An archive of the image that was made elsewhere; made here when absent. */
  readonly imagePath?: string
  readonly images: ImageStore
  readonly names: readonly string[]
  /** As it was, and on at first, unless said. */
  readonly hasIngress?: boolean
  readonly keptImages: KeptImages
  readonly author: string
}

export interface InstallOptions extends RunOptions {
  /** A step begins. */
  readonly onStep: (step: string) => void
}

/** An invitation that nobody takes is worth nothing soon. */
const invitationMs = 24 * 3_600_000
/** From a converged deployment until a control that had to read its documents answers. */
const answerMs = 30_000

/** Keys, image, services, and proof that every node answers. Every step may be repeated. CommandError `other-build`. */
export const install = async (
  context: Context,
  request: InstallRequest,
  options: InstallOptions,
): Promise<Installation> => {
  const { signal, onStep } = options
  const { author, registry, images, names, keptImages } = request
  await requireNoRestore(context, signal)
  const given = registry === undefined ? {} : { registry }
  const supply = { images, nodes: await context.engine.nodes(signal), ...given }
  await checkReach(supply, signal)
  onStep('see to the keys of the cluster')
  const keys = await ensureKeys(context, signal)
  onStep(request.imagePath === undefined ? 'make the image of the platform' : `read ${request.imagePath}`)
  const archive = await (request.imagePath === undefined
    ? makeImage(ownArchivePath)
    : readImageArchive(request.imagePath))
  await refuseOtherBuild(context, archive.build, signal)
  onStep(registry === undefined ? 'load it into every engine' : `push it to ${registry}`)
  const image = await supplyImage(supply, archive, signal)
  onStep('deploy atoll/system')
  const current = await findPlatformRelease(context, signal)
  const known = current && readSettings(current.app)
  const { hasIngress = known?.hasIngress ?? true } = request
  const kept = { streamPorts: known?.streamPorts ?? [], keptImages }
  const app = loadSystemApp({ ...given, keys, names, image, hasIngress, ...kept, build: archive.build })
  // A swarm without workers has no node for gates, and that is no reason to refuse it.
  const outcome = await deploy(context, { app, secrets: {}, author, acceptsWarnings: true }, options)
  const fingerprint = fingerprintOf(keys.certificatePem)
  if (outcome.kind !== 'converged') return { outcome, doors: [], fingerprint }
  onStep('ask every node at port 8443')
  const doors = await knock(context, { certificatePem: keys.certificatePem, timeoutMs: answerMs }, signal)
  return { outcome, doors, fingerprint, ...(await invite(context, { doors, fingerprint }, signal)) }
}

/** Only as long as there is nobody: whoever may run init could take the cluster over anyway, but shall not do so by accident. */
const invite = async (
  { documents, clock }: Context,
  { doors, fingerprint }: Pick<Installation, 'doors' | 'fingerprint'>,
  signal: AbortSignal,
): Promise<Pick<Installation, 'link'>> => {
  const door = doors.find(({ trouble }) => trouble === undefined)
  const people = await documents.list('person', {}, signal)
  if (door === undefined || people.length > 0) return {}
  const { token, document } = createInvitation({ role: 'owner', nowMs: clock.now(), ttlMs: invitationMs })
  const { collection, id, value } = document
  await documents.put(collection, id, { expected: 0, value }, signal)
  return { link: `${door.url}/#${token}.${fingerprint}` }
}
