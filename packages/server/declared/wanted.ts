import type { Json } from '../json.ts'

/** What one server is to have, with what follows from it: files that settings become, packages they need. Names are keys. */
export interface Wanted {
  readonly packages: Readonly<Record<string, 'present' | 'absent'>>
  readonly users: Readonly<Record<string, WantedUser | 'absent'>>
  readonly files: Readonly<Record<string, WantedFile | 'absent'>>
  readonly sysctl: Readonly<Record<string, string>>
  readonly swap?: { readonly sizeBytes: number } | 'off'
  /** `Europe/Berlin`. */
  readonly zone?: string
  readonly mounts: Readonly<Record<string, WantedMount | 'absent'>>
  /** Keys of daemon.json. */
  readonly docker: Readonly<Record<string, Json>>
  readonly firewall?: WantedFirewall | 'off'
}

/** What is absent here is not looked at. */
export interface WantedUser {
  /** All lines of authorized_keys. */
  readonly keys?: readonly string[]
  /** All supplementary groups. */
  readonly groups?: readonly string[]
  readonly login?: string
}

export interface WantedFile {
  readonly bytes: Uint8Array
  readonly sha256: string
  readonly owner: string
  readonly group: string
  /** Octal, without a leading zero: `644`. */
  readonly mode: string
  /** What reads it, and is told to read it again. */
  readonly unit?: string
}

/** A line of fstab(5). */
export interface WantedMount {
  readonly device: string
  readonly type: string
  readonly options: string
}

export interface WantedFirewall {
  /** Statements of the one chain, in order, as nft(8) takes and tells them. */
  readonly rules: readonly string[]
  /** What brings them back at boot; written once they have been proven. */
  readonly files: Readonly<Record<string, WantedFile>>
  readonly unit: string
}
