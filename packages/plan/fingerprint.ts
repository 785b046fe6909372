const seed = 0x811c9dc5
const prime = 0x01000193

/** A number of 32 bits that changes with the content of plain data, whatever the order of keys (FNV-1a). Not for secrets. */
export const fingerprint = (value: unknown): number => feed(seed, value) >>> 0

/** Each kind of value begins with a sign of its own, so that `[]`, `{}`, `""` and nothing are told apart. */
const feed = (hash: number, value: unknown): number => {
  if (Array.isArray(value)) return value.reduce<number>(feed, feedText(hash, '['))
  if (typeof value !== 'object' || value === null) return feedText(feedText(hash, typeof value), String(value))
  const entries: Readonly<Record<string, unknown>> = { ...value }
  return Object.keys(entries)
    .filter((key) => entries[key] !== undefined)
    .sort()
    .reduce((inner, key) => feed(feedText(inner, key), entries[key]), feedText(hash, '{'))
}

const feedText = (hash: number, text: string): number => {
  let fed = hash
  for (let index = 0; index < text.length; index += 1) fed = Math.imul(fed ^ text.charCodeAt(index), prime)
  return Math.imul(fed ^ text.length, prime)
}
