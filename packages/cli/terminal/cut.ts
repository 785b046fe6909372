import truncate from 'fast-string-truncated-width'

const escape = '\u001B'
const reset = `${escape}[0m`

/** A text that is no wider than `columns`; what was cut ends in `…`. Colours stay, and end there. */
export const cut = (text: string, columns: number): string => {
  const { truncated, index } = truncate(text, { limit: columns, ellipsis: '…' })
  if (!truncated) return text
  // Where a colour ends exactly there it finds no place to cut; one character earlier it does.
  if (!Number.isFinite(index)) return cut(text, columns - 1)
  return `${text.slice(0, index)}…${text.includes(escape) ? reset : ''}`
}
