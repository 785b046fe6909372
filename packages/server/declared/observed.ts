import type { Json } from '../json.ts'

/** What a server has of what is wanted of it; nothing else was looked at. */
export interface Observed {
  /** systemd runs there, so that services can be started, and come back at boot. */
  readonly hasServiceManager: boolean
  /** Those that are installed. */
  readonly packages: readonly string[]
  readonly users: Readonly<Record<string, ObservedUser>>
  readonly files: Readonly<Record<string, ObservedFile>>
  /** Those the kernel knows. */
  readonly sysctl: Readonly<Record<string, string>>
  readonly swap: ObservedSwap
  readonly zone?: string
  /** By where: the line of fstab, and what is mounted. */
  readonly mounts: Readonly<Record<string, ObservedMount>>
  /** Keys of daemon.json that are wanted and there. */
  readonly docker: Readonly<Record<string, Json>>
  /** Statements in our table, each with its chain where it is not ours; absent without the table. */
  readonly firewall?: readonly string[]
  /** Units of ours that start at boot. */
  readonly enabledUnits: readonly string[]
  /** Units that were to be told of a change by a run that did not come so far. */
  readonly pendingUnits: readonly string[]
}

export interface ObservedUser {
  readonly login: string
  readonly groups: readonly string[]
  readonly keys: readonly string[]
}

export interface ObservedFile {
  /** As stat(1) calls it: `regular file`, `directory`. */
  readonly type: string
  readonly sha256?: string
  readonly owner: string
  readonly group: string
  readonly mode: string
}

export interface ObservedSwap {
  /** Of our file; 0 when there is none. */
  readonly sizeBytes: number
  readonly isActive: boolean
  readonly isInFstab: boolean
}

export interface ObservedMount {
  readonly line?: { readonly device: string; readonly type: string; readonly options: string }
  /** `DEVICE (TYPE)` of what is mounted there now. */
  readonly mounted?: string
}
