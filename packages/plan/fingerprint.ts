/** A number of 32 bits that changes with the content of plain data (FNV-1a over JSON with sorted keys); no secret is kept by it. */
export const fingerprint = (value: unknown): number => {
  const text = JSON.stringify(value, sortKeys)
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  }
  return hash >>> 0
}

const sortKeys = (_key: string, value: unknown): unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
    : value
