import type { CommandContext, StricliProcess } from '@stricli/core'
import type { Context } from '@atoll/deploy'
import type { ImageStore, Recovery } from '@atoll/engine/swarm'
import type { Archive } from '@atoll/store'
import type { Server, SshLogin } from '@atoll/server'
import type { Cluster } from './cluster/cluster.ts'
import type { Config } from './config.ts'
import type { Palette } from './terminal/palette.ts'

/** What a command is given instead of the process; tests give it another one and read what was written. */
export interface Cli extends CommandContext {
  readonly process: StricliProcess
  readonly config: Config
  readonly stdout: Output
  readonly stderr: Output
  readonly stdin: Input
  /** Whether anything was written yet. */
  readonly hasSpoken: () => boolean
  readonly clock: { now(): number }
  /** Aborted by the first Ctrl-C, SIGTERM or SIGHUP; its reason is an InterruptedError. */
  readonly signal: AbortSignal
  /**
   * Opens the engine `--engine`, the environment or the only lab points at, and the documents kept in it. For what installs
   * the platform; everything else asks a cluster, see open-cluster.ts.
   */
  readonly connect: (engines?: readonly string[], options?: ConnectOptions) => Promise<EngineConnection>
  /** Logs in to a server as root; without a login it is the one we are on. */
  readonly openServer: (login?: SshLogin) => Promise<Server>
  /** Asks a person; false also when they walk away. */
  readonly confirm: (question: string) => Promise<boolean>
  /** Asks a person for a line of text; undefined when they walk away. */
  readonly askText: (question: string) => Promise<string | undefined>
  /** The same without showing what is typed. */
  readonly askSecret: (question: string) => Promise<string | undefined>
  /** Starts `atoll ARGS` in the background, free of this terminal; `input` goes to its standard input. */
  readonly startDetached: (args: readonly string[], input: string) => Promise<void>
}

export interface ConnectOptions {
  /** For how long each call is repeated in silence while managers elect or restart; the engine's own choice unless said. */
  readonly patienceMs?: number
  /** Engines of further nodes, as `--engine` would name them. */
  readonly nodes?: readonly string[]
}

export interface Output {
  readonly write: (text: string | Uint8Array) => void
  readonly palette: Palette
  /** Redrawing in place and asking questions make sense only here. */
  readonly isTerminal: boolean
  readonly columns: () => number
  readonly rows: () => number
  readonly onResize: (listener: () => void, signal: AbortSignal) => void
}

export interface Input {
  readonly isTerminal: boolean
  /** The whole input; used for `-f -`. */
  readonly readBytes: () => Uint8Array
  /** What comes in as it comes; raw: every key as it is typed. Ends when the signal is aborted. */
  readonly chunks: (options: { readonly isRaw: boolean; readonly signal: AbortSignal }) => AsyncIterable<Uint8Array>
}

/** The cluster a person means, however it is reached. */
export interface Connection extends AsyncDisposable {
  readonly cluster: Cluster
  /** How a person would name it: `unix:///var/run/docker.sock`. */
  readonly name: string
  /** The same as a line of its own, with who we are there: `engine: lab dev`. */
  readonly title: string
}

/** An engine with the documents kept in it. */
export interface EngineConnection extends AsyncDisposable {
  readonly context: Context
  /** All of the documents, for backups. */
  readonly archive: Archive
  /** Images of the nodes whose engines can be reached. */
  readonly images: ImageStore
  /** Each of the engines by itself, the one that was named first before the others. */
  readonly recoveries: () => readonly Recovery[]
  /** How a person would name it: `unix:///var/run/docker.sock`. */
  readonly name: string
  /** `--engine` values that open the same again, from any folder. */
  readonly engines: readonly string[]
  /** Registry images are pushed to when nobody says otherwise. */
  readonly registry?: string
}
