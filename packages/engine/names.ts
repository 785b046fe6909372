/** What the engine's own name service should lead to, and what it leads to on a node. Throws EngineError. */
export interface NamesApi {
  /** Services of apps that run for ever and join networks, as a manager knows them. */
  listNames(signal: AbortSignal): Promise<readonly NamedService[]>
  /**
   * What names lead to, asked of a node's name service from inside of its networks. It takes a container of half a second for
   * each network. One answer for each question.
   */
  askNames(nodeId: string, questions: readonly NameQuestion[], signal: AbortSignal): Promise<readonly NameAnswer[]>
}

/** The same as one engine knows it: of the Swarm when it is a manager's, and of its own node. */
export interface LocalNames {
  list(signal: AbortSignal): Promise<readonly NamedService[]>
  ask(questions: readonly NameQuestion[], signal: AbortSignal): Promise<readonly NameAnswer[]>
}

export interface NamedService {
  readonly app: string
  readonly environment: string
  /** Compose name. */
  readonly service: string
  /** The name that all its tasks are under, unlike its name itself whatever kind of endpoint it has. */
  readonly dnsName: string
  /** Its environment has services that run once in each release: one more release would run them again. */
  readonly isBesideJobs: boolean
  readonly tasks: readonly NamedTask[]
}

/** A task in one network; one that is in two is there twice. */
export interface NamedTask {
  readonly taskId: string
  readonly nodeId: string
  readonly networkId: string
  readonly network: string
  readonly address: string
  /** Runs, and is meant to. */
  readonly isUp: boolean
  readonly sinceMs: number
}

export interface NameQuestion {
  readonly networkId: string
  readonly names: readonly string[]
}

export type NameAnswer =
  | { readonly kind: 'answered'; readonly networkId: string; readonly names: readonly ResolvedName[] }
  /** No task of the network runs on the node any more, or it could not be asked. */
  | { readonly kind: 'not-asked'; readonly networkId: string; readonly why: string }

export type ResolvedName =
  | { readonly kind: 'found'; readonly name: string; readonly addresses: readonly string[] }
  | { readonly kind: 'absent'; readonly name: string }
  /** What the engine does not know it asks of the node's own servers, and these may say nothing. */
  | { readonly kind: 'silent'; readonly name: string; readonly code: string }
