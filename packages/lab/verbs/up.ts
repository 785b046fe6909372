import { allocate } from '../allocate.ts'
import type { LabContext } from '../config.ts'
import { LabError } from '../errors.ts'
import { ensureImages } from '../images/ensure-images.ts'
import { labKinds } from '../lab-kinds.ts'
import { describeLab } from '../lab.ts'
import type { Lab, LabRecord } from '../lab.ts'
import { labTrace } from '../leftovers.ts'
import { MACHINE_LOCK, withLock } from '../lock.ts'
import { labFolder, labTag } from '../names.ts'
import { applyHostNetwork, applyNetwork } from '../network.ts'
import { ensurePackages } from '../packages.ts'
import { withProgress } from '../progress.ts'
import { findRecord, writeRecord } from '../records.ts'
import { startRegistry } from '../registry.ts'
import { removeLeftovers } from '../remove-leftovers.ts'
import { parseRequest } from '../request.ts'
import type { LabRequest, LabShape } from '../request.ts'
import { restoreNodes } from './restore.ts'

const LOCK_TIMEOUT_MS = 15 * 60_000

/**
 * Brings a lab up: what runs is left alone, what is off, cut, paused or full is set right, what an interrupted `up`
 * left half-built is removed and made anew. Throws LabError `lab-differs` when the lab exists in another shape.
 */
export const upLab = async (request: LabRequest, context: LabContext): Promise<Lab> => {
  const shape = parseRequest(request, context.home)
  await ensurePackages(context, shape.kind)
  const folder = labFolder(context.home, shape.name)
  return withLock(folder, { signal: context.signal, timeoutMs: LOCK_TIMEOUT_MS }, async () => {
    const work = { what: 'preparing network and registry', onProgress: context.onProgress }
    const reserved = await withProgress(work, () => reserve(shape, context))
    const record = await labKinds[shape.kind].prepare(reserved, context)
    const lab = describeLab(record, context.home)
    const published = publishImages(lab, record, context)
    await Promise.all([applyCluster(lab, context), published])
    const finished: LabRecord = { ...record, phase: 'up', images: await published }
    await writeRecord(context.home, finished)
    return describeLab(finished, context.home)
  })
}

/** Network and registry stand when the machine's lock is given back, so that nobody else finds subnet and port free. */
const reserve = async (shape: LabShape, context: LabContext): Promise<LabRecord> => {
  const known = await findUsable(shape, context)
  return withLock(MACHINE_LOCK, { signal: context.signal, timeoutMs: 120_000 }, async () => {
    const record: LabRecord = known ?? { ...shape, phase: 'starting', ...(await allocate(context.home)) }
    await writeRecord(context.home, record)
    const lab = describeLab(record, context.home)
    await applyNetwork(lab, context.signal)
    for (const node of lab.nodes) await applyHostNetwork(lab, node, context.signal)
    await startRegistry(lab, context.signal)
    return record
  })
}

/** The record of a lab that was once up; otherwise clears away whatever bears its mark. */
const findUsable = async (shape: LabShape, { home, onProgress }: LabContext): Promise<LabRecord | undefined> => {
  const record = await findRecord(home, shape.name)
  if (record?.phase === 'up') {
    checkSame(record, shape)
    return record
  }
  const trace = labTrace(home, labTag(home, shape.name), shape.name)
  const { found, remaining } = await removeLeftovers(trace, { keepFolder: true })
  if (found.length > 1)
    onProgress({ kind: 'said', line: `removed what an interrupted run had left of lab ${shape.name}` })
  const [first] = remaining
  if (first === undefined) return undefined
  const next = `"atoll lab down --name ${shape.name}" lists them`
  throw new LabError('machine-unfit', `clear lab ${shape.name}: ${first.kind} ${first.name} cannot be removed; ${next}`)
}

const checkSame = (record: LabRecord, shape: LabShape): void => {
  const keys = ['kind', 'nodes', 'managers', 'zones', 'heartbeatMs', 'diskBytes'] as const
  const differing = keys.filter((key) => record[key] !== shape[key])
  if (differing.length === 0) return
  const says = differing.map((key) => `${key} ${record[key]}, not ${shape[key]}`).join('; ')
  const next = `choose another --name, or run "atoll lab down --name ${shape.name}" first`
  throw new LabError('lab-differs', `bring up lab ${shape.name}: it exists with ${says}; ${next}`)
}

const publishImages = async (lab: Lab, record: LabRecord, context: LabContext) =>
  record.images ??
  (await withProgress({ what: 'preparing images', onProgress: context.onProgress }, () => ensureImages(lab, context)))

const applyCluster = async (lab: Lab, context: LabContext): Promise<void> => {
  const { signal, onProgress } = context
  await withProgress({ what: `starting ${lab.nodes.length} hosts`, onProgress }, () => restoreNodes(lab, signal))
  await labKinds[lab.kind].form(lab, context)
}
