/** What an assistant is given at once: some ten thousand of its words. */
const mostCharacters = 40_000

interface Bound {
  readonly cuts: 'first' | 'last'
  readonly most?: number
}

/** A reply as JSON, with a note when not all of it is there. Of a list whole items are left out, at its beginning or its end. */
export const renderReply = (reply: unknown, { cuts, most = mostCharacters }: Bound): readonly string[] => {
  const text = JSON.stringify(reply ?? null)
  if (text.length <= most) return [text]
  if (!isList(reply)) return [text.slice(0, most), noteOf(`the first ${most} of ${text.length} characters`)]
  const { items, ...rest } = reply
  const kept = keepSome(items, { cuts, most })
  if (kept.length === 0) return [text.slice(0, most), noteOf(`the first ${most} of ${text.length} characters`)]
  // A cursor would lead past what was left out.
  const { next: _, ...others } = rest
  const side = cuts === 'first' ? 'last' : 'first'
  return [JSON.stringify({ ...others, items: kept }), noteOf(`the ${side} ${kept.length} of ${items.length} items`)]
}

const noteOf = (what: string): string => `Cut: this is ${what}. Ask for less: a smaller limit or tail, fewer services.`

interface List {
  readonly items: readonly unknown[]
  readonly [key: string]: unknown
}

const isList = (reply: unknown): reply is List =>
  typeof reply === 'object' && reply !== null && 'items' in reply && Array.isArray(reply.items)

const keepSome = (items: readonly unknown[], { cuts, most }: Required<Bound>): readonly unknown[] => {
  const ordered = cuts === 'first' ? items.toReversed() : items
  let size = 0
  const end = ordered.findIndex((item) => {
    size += JSON.stringify(item).length + 1
    return size > most
  })
  const kept = end === -1 ? ordered : ordered.slice(0, end)
  return cuts === 'first' ? kept.toReversed() : kept
}
