/** What a cluster's trust rests on, by the engine's names; the values are in the engine, where only controls read them. */
export interface SystemKeys {
  readonly certificatePem: string
  readonly authoritySecret: string
  readonly sealsSecret: string
  /** Agents mount it, too: what they prove themselves with, and the authority's certificate. */
  readonly agentsSecret: string
}

/** What is exchanged; the authority stays. */
type Exchanged = Pick<SystemKeys, 'sealsSecret' | 'agentsSecret'>

/**
 * Where an exchange stands: the new secrets are being made; controls take both and use the old; use the new; know the new
 * alone; the old secrets are taken away. Each is written down before anything of it is done.
 */
export type Phase = 'make' | 'accept' | 'use' | 'drop' | 'clear'

export interface Rotation extends Exchanged {
  readonly phase: Phase
  /** Id of the new key for sealing, as sealed values name it. */
  readonly sealsKey: string
  readonly startedAtMs: number
}

/** Document `platform`, id `keys`. `isComplete` is written last: until then nobody has trusted these keys. */
export interface KeysRecord extends Omit<SystemKeys, 'agentsSecret'> {
  readonly agentsSecret?: string
  readonly isComplete: boolean
  /** Id of the key that seals; not known of keys that were never exchanged. */
  readonly sealsKey?: string
  readonly rotatedAtMs?: number
  readonly rotation?: Rotation
}

/** Keys while they are exchanged. */
export type Exchange = KeysRecord & SystemKeys & { readonly rotation: Rotation }

export const keysPlace = ['platform', 'keys'] as const

/** The secrets that the services of the platform mount, by their name in its compose file. */
export interface MountedKeys {
  readonly authority: string
  readonly seals: string
  readonly 'seals-beside': string
  readonly agents: string
  readonly 'agents-beside': string
}

/** The one beside opens and is accepted, and does not seal. Where nothing is exchanged both are the same. */
export const mountedKeys = (keys: SystemKeys & Pick<KeysRecord, 'rotation'>): MountedKeys => {
  const { used, beside } = chooseKeys(keys)
  return {
    authority: keys.authoritySecret,
    seals: used.sealsSecret,
    'seals-beside': beside.sealsSecret,
    agents: used.agentsSecret,
    'agents-beside': beside.agentsSecret,
  }
}

const chooseKeys = ({
  rotation,
  ...old
}: Exchanged & Pick<KeysRecord, 'rotation'>): { readonly used: Exchanged; readonly beside: Exchanged } => {
  switch (rotation?.phase) {
    case undefined:
    case 'make':
      return { used: old, beside: old }
    case 'accept':
      return { used: old, beside: rotation }
    case 'use':
      return { used: rotation, beside: old }
    case 'drop':
    case 'clear':
      return { used: rotation, beside: rotation }
  }
}

/** Secrets that have to be there. While new ones are made, they need not. */
export const secretsOf = ({ authoritySecret, sealsSecret, agentsSecret, rotation }: KeysRecord): readonly string[] => [
  authoritySecret,
  sealsSecret,
  ...(agentsSecret === undefined ? [] : [agentsSecret]),
  ...(rotation === undefined || rotation.phase === 'make' ? [] : [rotation.sealsSecret, rotation.agentsSecret]),
]
