/** Ports of entry points stand in a file of Traefik's own; these names are what its documentation calls them. */
const plain: ReadonlySet<string> = new Set(['web', 'http', 'insecure', 'web-insecure', '80'])
const secure: ReadonlySet<string> = new Set(['websecure', 'https', 'secure', 'web-secure', '443'])

export const isPlain = (name: string): boolean => plain.has(name.toLowerCase())
export const isSecure = (name: string): boolean => secure.has(name.toLowerCase())

/** `tcp-5432`: a port that stands in the name itself. */
export const portOf = (name: string): number | undefined => {
  const [, digits] = /(?:^|\D)(\d{2,5})$/.exec(name) ?? []
  return digits === undefined ? undefined : Number(digits)
}
