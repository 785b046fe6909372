import { deploy, rollback } from '@atoll/deploy'
import type { Context, Outcome, RunOptions } from '@atoll/deploy'
import { CommandError } from '../../errors.ts'
import { awaitDoor } from '../await-controls.ts'
import type { Door, Question } from '../await-controls.ts'
import type { PlatformBuild } from '../build.ts'
import { ensureKeys } from '../keys.ts'
import { knock } from '../knock.ts'
import { supplyImage } from '../supply-image.ts'
import { loadSystemApp, systemRef } from '../system-app.ts'
import type { PreparedUpgrade } from './prepare-upgrade.ts'
import { readSettings } from './settings.ts'

export interface UpgradeOptions extends RunOptions {
  readonly author: string
  /** A step begins. */
  readonly onStep: (step: string) => void
  /** Keeps a copy of the documents somewhere else before anything is changed, and says where; without it none is made. */
  readonly copyDocuments?: (signal: AbortSignal) => Promise<string>
}

export interface Upgraded {
  /** `current`: it was of this build already. */
  readonly kind: 'upgraded' | 'current' | 'rolled-back' | 'failed'
  readonly from: PlatformBuild
  readonly to: PlatformBuild
  /** Of the deployment; absent when there was none. */
  readonly outcome?: Outcome
  /** One per node, in the order of their names. */
  readonly doors: readonly Door[]
  /** Where the documents of before are, when they were copied. */
  readonly copy?: string
}

/** From a converged deployment until every control has read its documents anew. */
const answerMs = 60_000

/**
 * The platform to the build of the archive: agents, controls, gates, one task at a time, each healthy before the next. When one
 * does not get healthy, or a node that answered before does not answer as the new build, all go back to the release before.
 * Every step may be repeated: interrupted anywhere, the next call goes on. CommandError `not-ready` when the preflight found
 * anything.
 */
export const upgrade = async (
  context: Context,
  prepared: PreparedUpgrade,
  options: UpgradeOptions,
): Promise<Upgraded> => {
  const { preflight } = prepared
  refuseTroubles(prepared)
  const { from, to } = preflight
  const { signal, onStep } = options
  const { certificatePem } = await ensureKeys(context, signal)
  const answering = await knock(context, { certificatePem, timeoutMs: 0 }, signal)
  const prove = (): Promise<readonly Door[]> => {
    onStep(`ask every node at port 8443 for ${to.name}`)
    return knockAgain(answering, { certificatePem, build: to.name }, signal)
  }
  if (!preflight.isDue) return { kind: 'current', from, to, doors: await prove() }
  const copy = await copyDocuments(options)
  const outcome = await deployBuild(context, prepared, options)
  const told = { from, to, ...(copy === undefined ? {} : { copy }) }
  if (outcome.kind !== 'converged') return { ...told, kind: outcome.kind, outcome, doors: [] }
  const doors = await prove()
  const lost = doors.filter(({ trouble }, at) => trouble !== undefined && answering[at]?.trouble === undefined)
  if (lost.length === 0) return { ...told, kind: 'upgraded', outcome, doors }
  onStep(`${lost.map(({ node }) => node).join(', ')} does not answer as it did: back to ${from.name}`)
  return { ...told, doors, ...(await goBack(context, prepared, options)) }
}

const refuseTroubles = ({ preflight: { troubles, from, to } }: PreparedUpgrade): void => {
  if (troubles.length === 0) return
  const all = troubles.map(({ message }) => message).join('; ')
  throw new CommandError('not-ready', `upgrade from ${from.name} to ${to.name}: ${all}; nothing was changed`, {
    hint: troubles.map(({ hint }) => hint).join('; '),
  })
}

/** Nodes that did not answer before are asked once: a firewall may keep us from them, and that is no fault of the new build. */
const knockAgain = (
  doors: readonly Door[],
  question: Pick<Question, 'certificatePem' | 'build'>,
  signal: AbortSignal,
): Promise<readonly Door[]> =>
  Promise.all(
    doors.map((door) => awaitDoor(door, { ...question, timeoutMs: door.trouble === undefined ? answerMs : 0 }, signal)),
  )

const copyDocuments = async (options: UpgradeOptions): Promise<string | undefined> => {
  if (options.copyDocuments === undefined) return undefined
  options.onStep('copy the documents')
  return options.copyDocuments(options.signal)
}

const deployBuild = async (
  context: Context,
  { current, archive, supply, preflight }: PreparedUpgrade,
  options: UpgradeOptions,
): Promise<Outcome> => {
  const { signal, onStep, author } = options
  const { registry } = supply
  onStep(registry === undefined ? 'load the image into every engine' : `push the image to ${registry}`)
  const image = await supplyImage(supply, archive, signal)
  const keys = await ensureKeys(context, signal)
  onStep(`deploy atoll/system, one task at a time: ${preflight.from.name} -> ${preflight.to.name}`)
  const app = loadSystemApp({ ...readSettings(current.app), keys, image, build: archive.build })
  return deploy(context, { app, secrets: {}, author, acceptsWarnings: true }, options)
}

const goBack = async (
  context: Context,
  { current }: PreparedUpgrade,
  options: UpgradeOptions,
): Promise<Pick<Upgraded, 'kind' | 'outcome'>> => {
  const outcome = await rollback(context, { ref: systemRef, release: current.number }, options)
  return { kind: outcome.kind === 'converged' ? 'rolled-back' : 'failed', outcome }
}
