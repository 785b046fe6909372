/** Which versions of what stands in a document an Atoll writes, and the newest it reads. */
export interface DocumentFormat {
  readonly writes: number
  readonly reads: number
}

/**
 * Of this Atoll. During an upgrade old and new controls write side by side, so a new version is first read (a step in migrate.ts)
 * and written by a later build: `atoll upgrade` refuses one that writes what the build before it cannot read.
 */
export const documentFormat: DocumentFormat = { writes: 1, reads: 1 }
