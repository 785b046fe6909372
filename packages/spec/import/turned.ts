import type { Claim } from './claim.ts'

/** A route as a compose file writes it. */
export type WrittenRoute = Readonly<Record<string, unknown>>

/** One label of a service, and where it stands. */
export interface Label {
  /** As written. */
  readonly key: string
  readonly value: string
  /** Compose key of the service. */
  readonly service: string
  /** Dotted, as problems name it: `services.web.labels.traefik.enable`. */
  readonly path: string
  readonly offset: number
}

/** Something a person should know of a label; `isLost`: it stays in the file, for it could not be turned. */
export interface Note {
  readonly label: Label
  readonly isLost: boolean
  readonly message: string
  readonly hint?: string
}

/** What is known of a file besides its labels. */
export interface Surroundings {
  /** Ports that a compose service says under `expose` and `ports`. */
  readonly portsOf: (service: string) => readonly string[]
  /** Routes that are there already. */
  readonly claims: readonly Claim[]
}

/** What came of labels that belong together: all of them were turned, or none. */
export interface Turned {
  /** By service. */
  readonly routes: readonly { readonly service: string; readonly route: WrittenRoute; readonly claim: Claim }[]
  readonly spent: readonly Label[]
  readonly notes: readonly Note[]
  /** Of labels that stay because of another that is told in `notes`. */
  readonly kept: readonly Note[]
}

/** Labels of one thing cannot become a route; caught where those of that thing are looked at. */
export class CannotTurn extends Error {
  readonly label: Label
  readonly hint: string | undefined

  constructor(label: Label, message: string, hint?: string) {
    super(message)
    this.label = label
    this.hint = hint
  }
}

export const noteOf = ({ label, message, hint }: CannotTurn): Note => ({
  label,
  isLost: true,
  message,
  ...(hint === undefined ? {} : { hint }),
})

/** Labels that stay because of another, which is told by itself. */
export const keep = (labels: readonly Label[], owner: string): readonly Note[] =>
  labels.map((label) => ({ label, isLost: true, message: `stays with ${owner}, which was not turned` }))

/** A compose file writes `$$` for `$`; a variable stays what it is. */
export const withoutEscapes = (text: string): string => text.replaceAll('$$', '$')
export const withEscapes = (text: string): string => text.replaceAll('$', '$$$$')

/** Its text is known only when the file is deployed. */
export const hasVariable = (text: string): boolean => /\$(?:\{|[A-Za-z_])/.test(text.replaceAll('$$', ''))
