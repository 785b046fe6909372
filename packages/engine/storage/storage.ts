/** The file system an engine keeps its data on, as its node sees it. */
export interface NodeDisk {
  readonly sizeBytes: number
  /** What programs without special rights may still take. */
  readonly freeBytes: number
  /** 0 to 1: of bytes or of inodes, whichever are nearer to their end. */
  readonly usedShare: number
  readonly scarce: 'bytes' | 'inodes'
  /** Where it goes at the pace of the last hours; absent without an hour of samples or without a clear slope. */
  readonly forecast?: { readonly fullAtMs: number; readonly bytesPerHour: number }
  /** The node's own clock at the moment its agent answered. */
  readonly clockMs?: number
  /** Room that an agent holds for the engine itself. */
  readonly reserve?: { readonly bytes: number; readonly isHeld: boolean }
}

/** Bytes of everything an engine keeps, and of that what a `prune` could at most give back. */
export interface NodeUsage {
  readonly images: StoredSum
  readonly containers: StoredSum
  readonly volumes: StoredSum
  readonly buildCache: StoredSum
}

export interface StoredSum {
  readonly count: number
  readonly bytes: number
  readonly reclaimableBytes: number
}

/** What is said of images by who knows the releases: documents, and what runs. */
export interface ImageClaims {
  /** References and ids of what is deployed or can be gone back to; never removed. */
  readonly needed: readonly string[]
  /** Repositories that releases name or have named; an image of any other is somebody else's. */
  readonly repositories: readonly string[]
}

export interface PruneRequest {
  readonly isDryRun: boolean
  /** Absent: nobody could say; then no image is removed. */
  readonly claims?: ImageClaims
}

export interface PruneReport {
  readonly removed: readonly PruneItem[]
  /** What no container uses and stays nevertheless, and what was stopped and stays. */
  readonly left: readonly PruneItem[]
}

export interface PruneItem {
  readonly kind: 'image' | 'container' | 'build-cache'
  readonly name: string
  /** Of an image all its layers, also those it has in common with others; absent where the engine does not count them. */
  readonly bytes?: number
  readonly why: string
}
