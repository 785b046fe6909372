import {
  chooseNow,
  chooseObsolete,
  issue as issueByLego,
  noteOutcome,
  planIssues,
  wantedHosts,
} from '@atoll/certificates'
import type { Issue, IssueFailure, IssueOptions, Issued, WantedHost } from '@atoll/certificates'
import type { Documents } from '@atoll/store'
import { appendAudit } from '../audit/audit.ts'
import { challengesOf, findAcme, openAccount } from '../certificates/acme-settings.ts'
import { keep, listHeld } from '../certificates/held.ts'
import { accountName, collections } from '../certificates/records.ts'
import type { AcmeRecord } from '../certificates/records.ts'
import { changeWatch, readWatch } from '../certificates/watch.ts'
import type { World } from '../control.ts'
import { createRouteFinder } from '../routes/find-routes.ts'
import { limits } from '../limits.ts'
import { runLoop } from './run-loop.ts'

/** How one certificate is had from an authority. */
export type Ask = (order: Issue, options: Omit<IssueOptions, 'program'>) => Promise<Issued>

export const askByLego =
  (program: string): Ask =>
  (order, options) =>
    issueByLego(order, { ...options, program })

/** What is remembered between two looks; all of it can be seen again. */
interface Memory {
  /** Orders under way, by their names. */
  readonly running: Map<readonly string[], Promise<void>>
}

/**
 * Has certificates for the hosts of routes from the authority that is set, renews them, and forgets those of no use. On the
 * leader alone; each order by itself, so that one that takes long holds up no other. Resolves when the signal has come and all
 * orders have ended.
 */
export const keepCertificates = async (world: World, ask: Ask, signal: AbortSignal): Promise<void> => {
  const memory: Memory = { running: new Map() }
  const findRoutes = createRouteFinder(world.recentDocuments)
  const look = async (): Promise<void> => {
    const hosts = wantedHosts([...(await findRoutes(signal)).values()])
    await forgetObsolete(world, hosts, signal)
    for (const order of await chooseOrders(world, hosts, { memory, signal })) {
      const work = carryOut(world, { ask, order, hosts }, signal)
      memory.running.set(
        order.names,
        work.finally(() => memory.running.delete(order.names)),
      )
    }
  }
  await runLoop(world, { name: 'keep certificates', everyMs: limits.certificates.everyMs, look }, signal)
  await Promise.all(memory.running.values())
}

const forgetObsolete = async (world: World, hosts: readonly WantedHost[], signal: AbortSignal): Promise<void> => {
  const certificates = await listHeld({ documents: world.recentDocuments }, signal)
  for (const { id } of chooseObsolete(certificates, hosts, world.clock.now())) {
    await world.documents.remove(collections.certificate, id, signal)
  }
}

interface Round {
  readonly memory: Memory
  readonly signal: AbortSignal
}

/** What was written a moment ago counts: a certificate that has just come is not asked for again. */
const chooseOrders = async (world: World, hosts: readonly WantedHost[], round: Round): Promise<readonly Issue[]> => {
  const choose = (documents: Pick<Documents, 'find' | 'list'>) => planOrders({ ...world, documents }, hosts, round)
  const likely = await choose(world.recentDocuments)
  return likely.length === 0 ? likely : choose(world.documents)
}

const planOrders = async (
  { documents, clock }: Pick<World, 'clock'> & { readonly documents: Pick<Documents, 'find' | 'list'> },
  hosts: readonly WantedHost[],
  { memory, signal }: Round,
): Promise<readonly Issue[]> => {
  const acme = await findAcme({ documents }, signal)
  if (acme === undefined) return []
  const [certificates, standing] = [await listHeld({ documents }, signal), await readWatch({ documents }, signal)]
  const { attempts } = standing
  const nowMs = clock.now()
  const issues = planIssues({ certificates, hosts, attempts, challenges: challengesOf(acme.value), nowMs })
  return chooseNow(issues, standing, { running: [...memory.running.keys()], atOnce: limits.certificates.atOnce, nowMs })
}

interface Order {
  readonly ask: Ask
  readonly order: Issue
  readonly hosts: readonly WantedHost[]
}

/** Whatever comes of it stands in documents; when it cannot be written it is asked for again. */
const carryOut = async (world: World, { ask, order, hosts }: Order, signal: AbortSignal): Promise<void> => {
  const { names } = order
  try {
    const acme = await findAcme(world, signal)
    if (acme === undefined) return
    const issued = await tryOrder(world, { ask, order, acme: acme.value }, signal)
    const failures = issued.kind === 'issued' ? [] : issued.failures
    if (issued.kind === 'issued') await store(world, issued, signal)
    else world.log({ event: 'certificate not issued', names, reasons: failures.map(({ reason }) => reason) })
    const { registration } = issued
    const known =
      registration === undefined ? {} : { registration: { of: accountName(acme.value), text: registration } }
    const nowMs = world.clock.now()
    await changeWatch(
      world,
      (before) => ({
        ...(before.registration === undefined ? {} : { registration: before.registration }),
        ...noteOutcome(before, { names, failures, hosts }, nowMs),
        ...known,
      }),
      signal,
    )
  } catch (error) {
    if (!signal.aborted) world.log({ event: 'certificate not kept', names, error: String(error) })
  }
}

interface Try {
  readonly ask: Ask
  readonly order: Issue
  readonly acme: AcmeRecord
}

const tryOrder = async (world: World, { ask, order, acme }: Try, signal: AbortSignal): Promise<Issued> => {
  try {
    const account = openAccount(world.seals, acme, await readWatch(world, signal))
    return await ask(order, { account, nowMs: () => world.clock.now(), signal })
  } catch (error) {
    signal.throwIfAborted()
    return { kind: 'failed', failures: [toFailure(error, order)] }
  }
}

/** It is not the names: something is missing here. */
const toFailure = (error: unknown, { names }: Issue): IssueFailure => {
  const hint = error instanceof Error && 'hint' in error ? `; ${String(error.hint)}` : ''
  return { kind: 'other', of: 'all', names, reason: `${error instanceof Error ? error.message : String(error)}${hint}` }
}

const store = async (
  world: World,
  { chain }: Extract<Issued, { readonly kind: 'issued' }>,
  signal: AbortSignal,
): Promise<void> => {
  const by = `atoll@${world.node.name}`
  const { id, names, issuer, notAfterMs } = await keep(world, { chain, kind: 'issued', by }, signal)
  const entry = { by, action: 'issueCertificate', subject: id, address: '' }
  await appendAudit(world, { ...entry, after: { names, issuer, notAfterMs } }, signal)
}
