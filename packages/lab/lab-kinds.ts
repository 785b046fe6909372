import { existsSync } from 'node:fs'
import { ensureDebianRoot } from './bare/debian-root.ts'
import { ensureKeys } from './bare/keys.ts'
import { awaitSshd, isSshdListening } from './bare/sshd.ts'
import { requireVersion1 } from './cgroups.ts'
import type { LabContext } from './config.ts'
import { isAnswering } from './engine-client.ts'
import { startEngine } from './engine-process.ts'
import { LabError } from './errors.ts'
import { describeLab } from './lab.ts'
import type { Lab, LabNode, LabRecord } from './lab.ts'
import { withProgress } from './progress.ts'
import { applySwarm, awaitReady } from './swarm.ts'

/** In what labs of one kind differ from those of another. */
export interface LabKind {
  /** Makes what the hosts boot from, before the first one does, and records it. */
  readonly prepare: (record: LabRecord, context: LabContext) => Promise<LabRecord>
  /** Starts what a running host serves, unless it does already, and waits until it answers. */
  readonly serve: (lab: Lab, node: LabNode, signal: AbortSignal) => Promise<void>
  readonly isServing: (lab: Lab, node: LabNode) => Promise<boolean>
  /** Makes of the running hosts what this kind of lab is; does only what is missing. */
  readonly form: (lab: Lab, context: LabContext) => Promise<void>
  /** Waits until all is well again after faults were undone. */
  readonly awaitReady: (lab: Lab, signal: AbortSignal) => Promise<void>
}

/** The disks of hosts hold only what differs from it, and are worth nothing beside another. */
const checkDebianRoot = ({ name }: LabRecord, folder: string): void => {
  if (existsSync(folder)) return
  const next = `run "atoll lab down --name ${name}", then make it anew`
  throw new LabError(
    'machine-unfit',
    `prepare lab ${name}: its Debian, ${folder}, is not in the cache any more; ${next}`,
  )
}

export const labKinds: Readonly<Record<Lab['kind'], LabKind>> = {
  swarm: {
    prepare: (record) => Promise.resolve(record),
    serve: startEngine,
    isServing: (_lab, node) => isAnswering(node.socket),
    form: (lab, { signal, onProgress }) =>
      withProgress({ what: 'forming the Swarm', onProgress }, () => applySwarm(lab, signal)),
    awaitReady,
  },
  bare: {
    prepare: async (record, context) => {
      requireVersion1()
      const lab = describeLab(record, context.home)
      await ensureKeys(lab, context.signal)
      if (record.debianRoot === undefined) return { ...record, debianRoot: await ensureDebianRoot(lab.tag, context) }
      checkDebianRoot(record, record.debianRoot)
      return record
    },
    serve: async (lab, node, signal) => {
      await awaitSshd(lab, node, signal)
    },
    isServing: isSshdListening,
    form: () => Promise.resolve(),
    awaitReady: () => Promise.resolve(),
  },
}
