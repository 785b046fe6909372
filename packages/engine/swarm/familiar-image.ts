const DEFAULT_REGISTRY = /^(?:index\.)?docker\.io\//
const DEFAULT_FOLDER = /^library\/(?=[^/]+$)/

/**
 * A reference as Docker's client sends it (distribution/reference, FamiliarString): without what every reference has by
 * default, and with the tag that is meant. One image so has one text, however it was written.
 */
export const renderFamiliarImage = (image: string): string => {
  if (image === '') return ''
  const isOnHub = DEFAULT_REGISTRY.test(image)
  const path = image.replace(DEFAULT_REGISTRY, '')
  const name = isOnHub || !hasRegistry(path) ? path.replace(DEFAULT_FOLDER, '') : path
  const last = name.slice(name.lastIndexOf('/') + 1)
  return last.includes(':') || last.includes('@') ? name : `${name}:latest`
}

/** The first part names a registry when it could not be a folder: it has a dot, a port, or is `localhost`. */
const hasRegistry = (path: string): boolean => {
  const slash = path.indexOf('/')
  const first = path.slice(0, Math.max(slash, 0))
  return first === 'localhost' || /[.:]/.test(first)
}
