/** One word of HAProxy's language that is exactly this text: nothing within single quotes means anything. */
export const quote = (text: string): string => {
  // A line ends where it ends, quoted or not. No text gets here with one: a bug, not an input.
  if (/[\0\r\n]/.test(text)) throw new Error('a text of the configuration has more than one line')
  return `'${text.replaceAll("'", `'\\''`)}'`
}

/** The same where `%` begins a variable. */
export const quoteFormat = (text: string): string => quote(text.replaceAll('%', '%%'))
