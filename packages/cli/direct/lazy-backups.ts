import type { Context } from '@atoll/deploy'
import type { Archive } from '@atoll/store'
import type { ClusterBackups } from '../cluster/backups.ts'

/** Loaded when one is asked for: encryption is of no use to any other command. */
export const createLazyBackups = (context: Context, archive: Archive): ClusterBackups => {
  const load = async (): Promise<ClusterBackups> => {
    const { createDirectBackups } = await import('./backups.ts')
    const { version } = (await import('../package.json', { with: { type: 'json' } })).default
    return createDirectBackups(context, { archive, version })
  }
  return {
    makeBackup: async function* (request, signal) {
      yield* (await load()).makeBackup(request, signal)
    },
    listBackups: async (signal) => (await load()).listBackups(signal),
    noteProof: async (proof, signal) => (await load()).noteProof(proof, signal),
  }
}
