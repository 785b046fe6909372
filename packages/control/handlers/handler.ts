import type { Parsed, Reply, RouteName, Routes } from '@atoll/api'
import type { ServedBytes } from '@atoll/engine/remote'
import type { Caller } from '../auth/authenticate.ts'
import type { Control } from '../control.ts'

/** A request whose parts were parsed and whose caller has the route's role. */
export interface Request<Name extends RouteName> {
  readonly params: Parsed<Name, 'params'>
  readonly query: Parsed<Name, 'query'>
  readonly body: Parsed<Name, 'body'>
  /** Read once, or not at all: what is left of it is thrown away. */
  readonly upload: Routes[Name] extends { readonly upload: string } ? AsyncIterable<Uint8Array> : undefined
  /** By a name in lower case. */
  readonly header: (name: string) => string | undefined
  readonly caller: Routes[Name]['role'] extends 'nobody' ? undefined : Caller
  /** Where it came from. */
  readonly address: string
  readonly signal: AbortSignal
}

/** An event as it goes out; without an id nobody can go on after it. */
export interface Sent<Event> {
  readonly id?: string
  readonly event: Event
}

interface Answers<Name extends RouteName> {
  readonly json: Reply<Name>
  readonly events: AsyncIterable<Sent<Reply<Name>>>
  readonly lines: AsyncIterable<Reply<Name>>
  readonly frames: Talk
  readonly page: Page
}

/** What a browser gets: plain text, so that nothing in it can be more than that, or another address. */
export type Page = (
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'redirect'; readonly location: string }
) & {
  /** A whole `set-cookie`. */
  readonly cookie: string
}

/** What is done over a connection that became frames; whoever called closes it. */
export type Talk = (parts: ServedBytes, signal: AbortSignal) => Promise<void>

/** Knows nothing of HTTP but what the contract says. Throws what `toFailure` can tell. */
export type Handler<Name extends RouteName> = (
  control: Control,
  request: Request<Name>,
) => Promise<Answers<Name>[Routes[Name]['kind']]>

/** Every route of a family; one that is missing does not compile. */
export type Handlers<Names extends RouteName> = { readonly [Name in Names]: Handler<Name> }
