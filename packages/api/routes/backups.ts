import { z } from 'zod'
import type { Route } from '../route.ts'
import { backupLine, backupOrder, backupParams, backupProof, backupRecord } from '../schemas/backup.ts'
import { backupSettings, backupSettingsChange } from '../schemas/backup.ts'

/** All state of the cluster as one encrypted file, and what is known of such files. */
export const backupRoutes = {
  makeBackup: {
    method: 'POST',
    path: '/v1/backups',
    summary:
      'All state of the cluster as one file, encrypted for public keys of age; for keys of the own choice only people may ask, not tokens',
    role: 'owner',
    scope: 'cluster',
    body: backupOrder,
    reply: backupLine,
    kind: 'lines',
    status: 200,
  },
  listBackups: {
    method: 'GET',
    path: '/v1/backups',
    summary: 'Backups that were made, newest first, with when each was proven',
    role: 'viewer',
    scope: 'cluster',
    reply: z.array(backupRecord).readonly(),
    kind: 'json',
    status: 200,
  },
  proveBackup: {
    method: 'POST',
    path: '/v1/backups/:backup/proof',
    summary: 'Says that a backup was read back from where it is kept, restored into memory, and was the same',
    role: 'owner',
    scope: 'cluster',
    params: backupParams,
    body: backupProof,
    reply: backupRecord,
    kind: 'json',
    status: 200,
  },
  getBackupSettings: {
    method: 'GET',
    path: '/v1/backups/settings',
    summary: 'How backups are made by themselves; without the secret of their place',
    role: 'owner',
    scope: 'cluster',
    reply: backupSettings,
    kind: 'json',
    status: 200,
  },
  changeBackupSettings: {
    method: 'POST',
    path: '/v1/backups/settings',
    summary: 'Change some of that; what is not named stays; for people, not for tokens',
    role: 'owner',
    scope: 'cluster',
    body: backupSettingsChange,
    headers: { 'idempotency-key': 'the same key and body within a day give the same answer' },
    reply: backupSettings,
    kind: 'json',
    status: 200,
  },
} as const satisfies Readonly<Record<string, Route>>
