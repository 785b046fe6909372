import { hashText } from './app/digest.ts'
import type { Route } from './route.ts'

/** Files of an image that every node has, to serve them. */
export interface StaticSite {
  /** 32 hexadecimal digits, the same for the same image and folder. */
  readonly id: string
  /** With its digest. */
  readonly image: string
  /** As of StaticFiles. */
  readonly path: string
}

/** Whether an image is named so that it is the same for ever: by its digest, or by its id. */
export const isPinned = (image: string): boolean => /(?:^|@)sha256:[0-9a-f]{64}$/.test(image)

/** Undefined: of no static files, or of an image that may be another tomorrow. */
export const siteOf = (route: Route): StaticSite | undefined => {
  if (route.kind !== 'http' || route.static === undefined) return undefined
  const { image = '', path } = route.static
  return isPinned(image) ? { id: hashText(JSON.stringify([image, path])).slice(0, 32), image, path } : undefined
}

/** Each once, in the order of their ids. */
export const sitesOf = (routes: readonly Route[]): readonly StaticSite[] => {
  const byId = new Map(routes.flatMap((route) => siteOf(route) ?? []).map((site) => [site.id, site]))
  return [...byId.values()].sort((a, b) => (a.id < b.id ? -1 : 1))
}
