export type BackupErrorCode =
  /** No file of `atoll backup`, or none at all. */
  | 'not-a-backup'
  /** The identity or passphrase does not open it. */
  | 'wrong-key'
  /** What is given as an identity, recipient or passphrase is none. */
  | 'bad-key'
  /** Changed, or cut off. */
  | 'damaged'
  /** Written by a newer Atoll. */
  | 'newer-format'
  | 'too-large'
  /** Keys of the platform are being exchanged, or are not at hand. */
  | 'keys'
  /** The cluster has state that would be lost. */
  | 'not-empty'
  /** What was restored for the proof is not what was backed up. */
  | 'not-proven'
  /** Where backups are kept cannot be written, read or listed. */
  | 'place'

interface Details {
  readonly hint?: string
  /** True: the same may succeed later without anybody changing anything. */
  readonly retry?: boolean
  readonly cause?: unknown
}

/** A backup that cannot be made, read, proven or restored. No message holds a value or a key. */
export class BackupError extends Error {
  override readonly name = 'BackupError'
  readonly code: BackupErrorCode
  readonly retry: boolean
  readonly hint?: string

  constructor(code: BackupErrorCode, message: string, { hint, retry = false, cause }: Details = {}) {
    super(message, cause === undefined ? {} : { cause })
    this.code = code
    this.retry = retry
    if (hint !== undefined) this.hint = hint
  }
}
