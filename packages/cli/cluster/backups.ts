import type { BackupPiece, BackupRecord } from '@atoll/backup'

/** Backups of a cluster, as commands ask for them. */
export interface ClusterBackups {
  /** All state of the cluster as one encrypted file, in pieces. */
  makeBackup(request: BackupRequest, signal: AbortSignal): AsyncIterable<BackupPiece>
  /** Newest first. */
  listBackups(signal: AbortSignal): Promise<readonly BackupRecord[]>
  /** Says that what is kept is what was proven. */
  noteProof(proof: KeptBackup, signal: AbortSignal): Promise<void>
}

export interface BackupRequest {
  /** Public keys of age; those of the cluster's settings when absent. */
  readonly recipients?: readonly string[]
  /** Where it will be kept. */
  readonly place: string
}

export interface KeptBackup {
  readonly id: string
  /** Of the file as it is kept. */
  readonly sha256: string
  readonly place: string
}
