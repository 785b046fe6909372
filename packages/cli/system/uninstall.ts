import { remove } from '@atoll/deploy'
import type { Context, RunOptions } from '@atoll/deploy'
import { keysPlace } from './keys-record.ts'
import type { KeysRecord } from './keys-record.ts'
import { removeKeys } from './keys.ts'
import { systemRef } from './system-app.ts'

/** Documents only the platform needs. Those of apps stay. */
const collections = [
  'person',
  'session',
  'token',
  'invitation',
  'server-invitation',
  'reset',
  'team',
  'oidc',
  'identity',
  'oidc-code',
  'audit',
  'audit-head',
  'audit-segment',
  'answered',
  'allowance',
  'operation',
  'sealed',
  'leader-healing',
  'manager-keeping',
  'settings',
  'name-watch',
  'node-watch',
  'app-secret',
  'backup',
  'backup-settings',
  'backup-watch',
  'canary-watch',
  'certificate',
  'acme',
  'certificate-watch',
] as const

/** Whether anything of it is there: the record of its keys is made first and removed last. */
export const isInstalled = async ({ documents }: Context, signal: AbortSignal): Promise<boolean> =>
  (await documents.find<KeysRecord>(...keysPlace, signal)) !== undefined

/** Services first, so that nobody writes any more what is then removed; the keys last: what they sealed is gone by then. */
export const uninstall = async (context: Context, options: RunOptions): Promise<void> => {
  await removeServices(context, options)
  for (const collection of collections) {
    for (const { id } of await context.documents.list(collection, {}, options.signal)) {
      await context.documents.remove(collection, id, options.signal)
    }
  }
  await removeKeys(context, options.signal)
}

/** A second run finds none, and goes on with the rest. */
const removeServices = async (context: Context, options: RunOptions): Promise<void> => {
  try {
    await remove(context, { ref: systemRef, volumes: true }, options)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'not-found')) throw error
  }
}
