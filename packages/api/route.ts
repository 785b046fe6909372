import type { z } from 'zod'

/** What a person or a token may do, each more than the one before; `nobody` needs no sign-in. */
export const roles = ['viewer', 'deployer', 'maintainer', 'owner'] as const
export type Role = (typeof roles)[number]

/** Milliseconds since what a reply tells was last known to be true; absent when it is of this moment. */
export const ageHeader = 'x-atoll-age-ms'
/** Of replies to who is signed in: the addresses of all managers, parted by commas, as far as the control knows them. */
export const controlsHeader = 'x-atoll-controls'

/** One address of the API, as data: server, client and OpenAPI document are made from it. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** `:name` stands for a parameter. */
  readonly path: `/v1/${string}`
  readonly summary: string
  readonly role: 'nobody' | Role
  /** What the role is asked of: the whole cluster, the app or the team in the path, or nothing but being signed in. */
  readonly scope: 'cluster' | 'app' | 'team' | 'self'
  readonly params?: z.ZodObject
  readonly query?: z.ZodObject
  readonly body?: z.ZodType
  /** In place of a body: bytes of this type, handed on as they come. */
  readonly upload?: 'application/x-tar'
  /** Headers the route looks at, with what they are for. */
  readonly headers?: Readonly<Record<string, string>>
  /** Of `events` and `lines`: one item of the stream. */
  readonly reply: z.ZodType
  /** `frames`: the connection becomes another protocol, both ways. `page`: for a browser, which is shown a text or sent on. */
  readonly kind: 'json' | 'events' | 'lines' | 'frames' | 'page'
  /**
   * While the engine does not answer, a control answers with what it knows, and says in `ageHeader` how old that is. Only for
   * what changes nothing and gives nobody a way in.
   */
  readonly fromCopy?: true
  /** Of the answer when all went well. */
  readonly status: 101 | 200 | 201 | 202 | 204 | 302
}

/** What a schema parses to, as nobody changes it. */
export type Plain<T> = T extends (infer Item)[]
  ? readonly Plain<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]: Plain<T[Key]> }
    : T
