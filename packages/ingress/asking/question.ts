/** What the configuration says of a question, as JSON; HAProxy adds what it knows of the request. */
export interface AuthQuestion {
  /** Backend with the tasks of whom is asked. */
  readonly asked: string
  readonly path: string
  readonly patienceMs: number
  /** Headers of the request that are shown, and of the answer that the app gets. Lower case. */
  readonly shown: readonly string[]
  readonly answered: readonly string[]
}

/** Variables of the answer begin with it: `txn.forward_auth.status`. */
export const prefix = 'forward_auth'

/**
 * What HAProxy is answered. `allowed`, with a header of `answered` by its number; or a `status`, with the headers as lines in `head` and
 * the `body`; or nothing, when it could not be asked, but why in words for the log: `lost`.
 */
export const names = {
  allowed: 'allowed',
  header: (index: number): string => `header_${index}`,
  status: 'status',
  head: 'head',
  body: 'body',
  lost: 'lost',
} as const

/** Why nobody could be asked, or what came is no answer. Without a quote or a backslash, for it goes into JSON as it is. */
export type Lost = 'too many questions' | 'no answer' | 'too long an answer' | `answer ${number}`

export const sayLost = (reason: Lost): Readonly<Record<string, string>> => ({ [names.lost]: reason })

/** Of the answer, to the client. */
export const repliedHeaders = [
  'cache-control',
  'content-encoding',
  'content-language',
  'content-type',
  'location',
  'retry-after',
  'set-cookie',
  'vary',
  'www-authenticate',
] as const
