/** What a small parser makes of one text: wrong input is data, its message says what is wrong with it. */
export type Parsed<T> =
  | { readonly kind: 'ok'; readonly value: T }
  | { readonly kind: 'error'; readonly message: string }

/** Longest piece of a person's text that a message repeats. */
const QUOTED_CHARACTERS = 80

/** A text as messages quote it: escaped, and cut where it would fill the screen. */
export const renderQuoted = (text: string): string =>
  JSON.stringify(text.length > QUOTED_CHARACTERS ? `${text.slice(0, QUOTED_CHARACTERS)}...` : text)
