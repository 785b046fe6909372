/** Where files of backups are kept. Every method throws BackupError `place`. */
export interface Place {
  /** As a person would say it: `/srv/backups`, `s3://bucket/prefix`. */
  readonly name: string
  /** All of a file, or nothing under its name. One that is there is not written over. */
  write(file: string, chunks: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<void>
  read(file: string, signal: AbortSignal): AsyncIterable<Uint8Array>
  /** Names of files of ours, oldest first. */
  list(signal: AbortSignal): Promise<readonly string[]>
  /** What is not there is removed. */
  remove(file: string, signal: AbortSignal): Promise<void>
}

export const fileOf = (backup: string): string => `atoll-${backup}.age`

const pattern = /^atoll-(\d{8}T\d{6}Z-[0-9a-f]{4})\.age$/

/** Id of the backup in a file of this name; undefined when it is none of ours. */
export const findBackupId = (file: string): string | undefined => pattern.exec(file)?.[1]

/** When the backup in a file of ours was made, in milliseconds since 1970, as its name says to the second. */
export const findBackupTime = (file: string): number =>
  Date.parse((findBackupId(file) ?? '').replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z.*$/, '$1-$2-$3T$4:$5:$6Z'))
