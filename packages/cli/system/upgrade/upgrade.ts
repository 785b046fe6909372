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
  /** Makes and proves a backup before anything is changed, and says where it is. Asked when the preflight says so. */
  readonly makeBackup: (signal: AbortSignal) => Promise<string>
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
  /** Nodes that went away on the way, and were not asked. */
  readonly away?: readonly string[]
  /** Where the backup is that was made before. */
  readonly backup?: string
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
  if (!preflight.isDue) {
    await supplyMissing(prepared, options)
    return { kind: 'current', from, to, doors: await prove() }
  }
  const kept = await keepState(prepared, options)
  const told = { from, to, ...kept }
  const outcome = await deployBuild(context, { ...prepared, ...kept }, options)
  if (outcome.kind !== 'converged') return { ...told, kind: outcome.kind, outcome, doors: [] }
  const doors = await prove()
  const lost = doors.filter(({ trouble }, at) => trouble !== undefined && answering[at]?.trouble === undefined)
  const away = await findAway(context, lost, signal)
  if (lost.length === away.length) return { ...told, kind: 'upgraded', outcome, doors, away }
  onStep(`${lost.map(({ node }) => node).join(', ')} does not answer as it did: back to ${from.name}`)
  return { ...told, doors, ...(await goBack(context, { ...prepared, ...kept }, options)) }
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

/** A node that lost its power meanwhile says nothing about the new build. */
const findAway = async (
  { engine }: Context,
  doors: readonly Door[],
  signal: AbortSignal,
): Promise<readonly string[]> => {
  if (doors.length === 0) return []
  const ready = new Set((await engine.nodes(signal)).flatMap(({ name, state }) => (state === 'ready' ? [name] : [])))
  return doors.map(({ node }) => node).filter((node) => !ready.has(node))
}

type Kept = Pick<Upgraded, 'backup'>

/** What there was before, in one file. Nothing is changed until it is proven. */
const keepState = async ({ preflight }: PreparedUpgrade, options: UpgradeOptions): Promise<Kept> => {
  switch (preflight.backup.kind) {
    case 'make':
      options.onStep(`make a backup before anything is changed: ${preflight.backup.to}`)
      return { backup: await options.makeBackup(options.signal) }
    case 'there':
      return { backup: preflight.backup.path }
    case 'none':
    case 'for-nobody':
      return {}
  }
}

/** A node that was away while the others were upgraded has only Swarm's word for it, and nobody to pull the image from. */
const supplyMissing = async (
  { archive, supply }: PreparedUpgrade,
  { signal, onStep }: UpgradeOptions,
): Promise<void> => {
  if (supply.registry !== undefined) return
  onStep('give the image to engines that lack it')
  await supplyImage(supply, archive, signal)
}

const deployBuild = async (
  context: Context,
  { current, archive, supply, preflight, backup }: PreparedUpgrade & Kept,
  options: UpgradeOptions,
): Promise<Outcome> => {
  const { signal, onStep, author } = options
  const { registry } = supply
  onStep(registry === undefined ? 'load the image into every engine' : `push the image to ${registry}`)
  const image = await supplyImage(supply, archive, signal)
  const keys = await ensureKeys(context, signal)
  onStep(`deploy atoll/system, one task at a time: ${preflight.from.name} -> ${preflight.to.name}`)
  const app = loadSystemApp({ ...readSettings(current.app), keys, image, build: archive.build })
  const noted = backup === undefined ? {} : { backup }
  return deploy(context, { app, secrets: {}, author, acceptsWarnings: true, ...noted }, options)
}

const goBack = async (
  context: Context,
  { current, backup }: PreparedUpgrade & Kept,
  options: UpgradeOptions,
): Promise<Pick<Upgraded, 'kind' | 'outcome'>> => {
  const noted = backup === undefined ? {} : { backup }
  const outcome = await rollback(context, { ref: systemRef, release: current.number, ...noted }, options)
  return { kind: outcome.kind === 'converged' ? 'rolled-back' : 'failed', outcome }
}
