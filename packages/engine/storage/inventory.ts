/** The images and containers of one engine, as far as choosing among them needs. */
export interface Inventory {
  readonly images: readonly StoredImage[]
  readonly containers: readonly StoredContainer[]
}

export interface StoredImage {
  readonly id: string
  /** `shop/web:1`: somebody can name it without knowing its digest. */
  readonly tags: readonly string[]
  /** `shop/web@sha256:...`: it was pulled or pushed. */
  readonly digests: readonly string[]
  /** Repository that Atoll built it for, as its label says. */
  readonly builtFor?: string
  readonly bytes: number
  /** When it was built, which may be long before it came here. */
  readonly createdAtMs: number
}

export interface StoredContainer {
  readonly id: string
  readonly name: string
  readonly imageId: string
  /** As the engine says it: `running`, `exited`, `created`, `dead`. */
  readonly state: string
  readonly labels: Readonly<Record<string, string>>
  readonly createdAtMs: number
}

/** What an agent remembers of an image: an engine does not know when one was used last, nor by whom. */
export interface ImageMemory {
  readonly lastUsedAtMs: number
  /** A task of an app of ours ran it here. */
  readonly isOurs: boolean
}

/** Label of what Atoll builds. An image that is built on it inherits it, and has another repository. */
export const builtForLabel = 'atoll.built-for'

/** Of the image of the platform, as `init` names it; nobody gives that name by hand. */
export const platformRepository = 'atoll-system'

export const digestOf = (reference: string): string | undefined => /sha256:[0-9a-f]{64}$/.exec(reference)?.[0]

/** `127.0.0.1:5000/shop/web:1@sha256:...` is of the repository `127.0.0.1:5000/shop/web`; an id is of none. */
export const repositoryOf = (reference: string): string | undefined => {
  const named = reference.replace(/@?sha256:[0-9a-f]+$/, '')
  const bare = named.replace(/:[^:/]*$/, '').replace(/^(?:index\.)?docker\.io\/(?:library\/)?/, '')
  return bare === '' ? undefined : bare
}
