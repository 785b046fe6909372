import type { Problem } from './problem.ts'

/** Everything loading needs from outside; the room itself reads nothing. */
export interface ProjectInput {
  /** Compose files as the person named them, base first. Relative ones are against workingDir. */
  readonly files: readonly string[]
  /** Absolute folder relative paths and `.env` are against: the first file's folder, as `docker compose` has it. */
  readonly workingDir: string
  readonly profiles: readonly string[]
  /** `--env-file`s; undefined: `.env` in workingDir when there is one. */
  readonly envFiles?: readonly string[]
  /** The caller's variables; they win over `.env`. */
  readonly variables: Readonly<Record<string, string>>
  /** `--project-name`; else COMPOSE_PROJECT_NAME, then `name:`, then the folder's name. */
  readonly projectName?: string
  /** Reads a file by absolute path. Must not throw for a file that is absent, a folder, or too large. */
  readonly read: (absolutePath: string) => FileRead
  /** True also for a folder. */
  readonly exists: (absolutePath: string) => boolean
}

export type FileRead =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'absent' }
  | { readonly kind: 'folder' }
  | { readonly kind: 'too-large'; readonly bytes: number }
  | { readonly kind: 'binary' }
  | { readonly kind: 'unreadable'; readonly reason: string }

/** The canonical model, the shape `docker compose config --format json` prints. Plain JSON. */
export type ComposeModel = {
  readonly name: string
  readonly services: Readonly<Record<string, ComposeMapping>>
  readonly networks?: Readonly<Record<string, ComposeMapping | null>>
  readonly volumes?: Readonly<Record<string, ComposeMapping | null>>
  readonly configs?: Readonly<Record<string, ComposeMapping>>
  readonly secrets?: Readonly<Record<string, ComposeMapping>>
} & Readonly<Record<`x-${string}`, ComposeValue>>

export type ComposeValue = null | boolean | number | string | readonly ComposeValue[] | ComposeMapping
export interface ComposeMapping {
  readonly [key: string]: ComposeValue
}

export interface Position {
  readonly path: string
  readonly line: number
  readonly column: number
}

export interface Project {
  /**
   * Texts are what the engine gets: `$` stands once and a volume's `target` is as written (`/data/`); only rendering the
   * model doubles the one (in YAML) and cleans the other.
   */
  readonly model: ComposeModel
  /** Where a key of the model stands in the files; of the nearest parent when the key itself was filled in. */
  readonly locate: (key: readonly (string | number)[]) => Position
  /**
   * True when the key itself stands in a file, false when loading filled it in: so a port's `mode: ingress` that a
   * person wrote is told from the one every short form gets.
   */
  readonly isWritten: (key: readonly (string | number)[]) => boolean
  /** A variable as interpolation sees it: the caller's, then that of the env files. */
  readonly findVariable: (name: string) => string | undefined
}

/** `project` is absent exactly when a problem is an error. */
export interface LoadedProject {
  readonly project?: Project
  readonly problems: readonly Problem[]
}
