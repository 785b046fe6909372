import { createInvitation } from '@atoll/control/invitations'
import { deploy } from '@atoll/deploy'
import type { Context, Outcome, RunOptions } from '@atoll/deploy'
import { fingerprintOf } from '@atoll/authority'
import type { ObservedNode } from '@atoll/plan'
import { awaitControls } from './await-controls.ts'
import type { Door } from './await-controls.ts'
import { ensureKeys } from './keys.ts'
import type { SystemKeys } from './keys.ts'
import { loadSystemApp } from './system-app.ts'

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
  readonly registry: string
  readonly names: readonly string[]
  readonly author: string
  /** A folder of ours, written anew. */
  readonly contextFolder: string
}

export interface InstallOptions extends RunOptions {
  /** A step begins. */
  readonly onStep: (step: string) => void
}

/** An invitation that nobody takes is worth nothing soon. */
const invitationMs = 24 * 3_600_000
/** From a converged deployment until a control that had to read its documents answers. */
const answerMs = 30_000

/** Keys, image, services, and proof that every node answers. Every step may be repeated. */
export const install = async (
  context: Context,
  request: InstallRequest,
  options: InstallOptions,
): Promise<Installation> => {
  const { signal, onStep } = options
  onStep('keys of the cluster')
  const keys = await ensureKeys(context, signal)
  onStep('programs of the image')
  // Bundling is only needed here, and loads a compiler.
  const { writeImageContext } = await import('./image-context.ts')
  await writeImageContext(request.contextFolder)
  onStep('build and deploy atoll/system')
  const app = loadSystemApp({ ...request, keys })
  const { author, registry } = request
  // A swarm without workers has no node for gates, and that is no reason to refuse it.
  const outcome = await deploy(context, { app, secrets: {}, author, registry, acceptsWarnings: true }, options)
  const fingerprint = fingerprintOf(keys.certificatePem)
  if (outcome.kind !== 'converged') return { outcome, doors: [], fingerprint }
  onStep('every node answers on 8443')
  const doors = await knock(context, keys, signal)
  return { outcome, doors, fingerprint, ...(await invite(context, { doors, fingerprint }, signal)) }
}

const knock = async (context: Context, keys: SystemKeys, signal: AbortSignal): Promise<readonly Door[]> => {
  const nodes = (await context.engine.nodes(signal)).filter(isUp)
  const ordered = nodes.toSorted((a, b) => (a.name < b.name ? -1 : 1))
  return awaitControls({ nodes: ordered, certificatePem: keys.certificatePem, timeoutMs: answerMs }, signal)
}

const isUp = ({ state }: ObservedNode): boolean => state === 'ready'

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
