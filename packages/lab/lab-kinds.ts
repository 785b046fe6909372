import { ensureDebianRoot } from './bare/debian-root.ts'
import { ensureKeys } from './bare/keys.ts'
import { awaitSshd, isSshdListening } from './bare/sshd.ts'
import { requireVersion1 } from './cgroups.ts'
import type { LabContext } from './config.ts'
import { isAnswering } from './engine-client.ts'
import { startEngine } from './engine-process.ts'
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
      return { ...record, debianRoot: record.debianRoot ?? (await ensureDebianRoot(lab.tag, context)) }
    },
    serve: async (lab, node, signal) => {
      await awaitSshd(lab, node, signal)
    },
    isServing: isSshdListening,
    form: () => Promise.resolve(),
    awaitReady: () => Promise.resolve(),
  },
}
