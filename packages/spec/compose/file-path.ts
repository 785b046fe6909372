/** POSIX paths as text: this room does not know the machine it runs on. */
export const isAbsolutePath = (path: string): boolean => path.startsWith('/')

/** Without `.`, `..`, doubled and trailing slashes; the empty path is `.`. */
export const normalizePath = (path: string): string => {
  const parts: string[] = []
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue
    if (part === '..' && parts.length > 0 && parts.at(-1) !== '..') parts.pop()
    else if (part !== '..' || !isAbsolutePath(path)) parts.push(part)
  }
  const joined = parts.join('/')
  return isAbsolutePath(path) ? `/${joined}` : joined || '.'
}

/** `path` against `folder`, unless it is absolute itself. */
export const resolvePath = (folder: string, path: string): string =>
  isAbsolutePath(path) ? path : normalizePath(`${folder}/${path}`)

export const folderOf = (path: string): string => normalizePath(path.slice(0, path.lastIndexOf('/') + 1) || '.')

export const nameOf = (path: string): string => normalizePath(path).split('/').at(-1) ?? ''

/** `~` and `~/...` as a shell reads them; `~name` stays. */
export const expandHome = (path: string, home: string | undefined): string =>
  home !== undefined && (path === '~' || path.startsWith('~/')) ? normalizePath(home + path.slice(1)) : path
