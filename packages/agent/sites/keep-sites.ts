import { setTimeout as delay } from 'node:timers/promises'
import type { ImageFolders } from '@atoll/engine'
import { createQueue } from '@atoll/ingress/queue'
import type { StaticSite } from '@atoll/spec'
import { hasSite, listSites, removeSite, unpackSite } from './unpack-site.ts'
import type { SiteLimits } from './unpack-site.ts'

/** Brings the sites of routes to this node, and removes those that nobody wants. */
export interface SiteKeeper {
  /** Resolves once it is here; it stays for `keepMs` at least. Throws EngineError. */
  fetch(site: StaticSite, signal: AbortSignal): Promise<void>
  /** Brings what is missing, for a moment in front of who asks: others' routes do not wait for a big image. */
  keep(wanted: readonly StaticSite[]): Promise<void>
  /** Some could not be brought, and are to be tried again. */
  isUnsettled(): boolean
  /** Removes what was not wanted for a while. */
  tidy(): Promise<void>
}

export interface SiteParts {
  readonly folder: string
  readonly folders: ImageFolders
  readonly say: (message: string, more?: object) => void
  readonly now: () => number
  readonly limits?: SiteLimits
}

const defaultLimits: SiteLimits = { files: 10_000, bytes: 1e9 }
/** A deployment may take that long from where its files are here to where its routes are; and requests of before go on for a while. */
const keepMs = 3_600_000
const patienceMs = 1_000
const fetchMs = 600_000
/** What failed is not tried more often. */
const againMs = 30_000

/** Throws what reading the folder throws. */
export const createSiteKeeper = async ({ limits = defaultLimits, ...parts }: SiteParts): Promise<SiteKeeper> => {
  const { folder, folders, say, now } = parts
  const inTurn = createQueue()
  /** When each that is here was wanted last. */
  const here = new Map((await listSites(folder)).map((id) => [id, now()]))
  const fetching = new Map<string, Promise<void>>()
  const failed = new Map<string, { readonly atMs: number; readonly message: string }>()
  /** Nothing is removed before anybody has said what is wanted. */
  let wanted: readonly StaticSite[] | undefined
  const bring = async (site: StaticSite): Promise<void> => {
    if (!(await hasSite(folder, site.id))) {
      await unpackSite({ folder, folders, limits }, site, AbortSignal.timeout(fetchMs))
      say('static files have come', { image: site.image, path: site.path })
    }
    here.set(site.id, now())
    failed.delete(site.id)
  }
  const ensure = (site: StaticSite): Promise<void> => {
    const known = fetching.get(site.id)
    if (known !== undefined) return known
    const done = inTurn(() => bring(site)).finally(() => fetching.delete(site.id))
    fetching.set(site.id, done)
    return done
  }
  const note = (site: StaticSite, error: unknown): void => {
    const message = String(error)
    if (failed.get(site.id)?.message !== message) say('static files cannot be had', { path: site.path, error: message })
    failed.set(site.id, { atMs: now(), message })
  }
  const isDue = ({ id }: StaticSite): boolean => {
    const { atMs } = failed.get(id) ?? {}
    return !here.has(id) && (atMs === undefined || now() - atMs >= againMs)
  }
  return {
    fetch: (site, signal) => unlessAborted(ensure(site), signal),
    keep: async (sites) => {
      wanted = sites
      for (const { id } of sites) if (here.has(id)) here.set(id, now())
      const missing = sites.filter(isDue)
      const brought = Promise.all(missing.map((site) => ensure(site).catch((error: unknown) => note(site, error))))
      if (missing.length > 0) await Promise.race([brought, delay(patienceMs, undefined, { ref: false })])
    },
    isUnsettled: () => wanted?.some(isDue) ?? false,
    tidy: () =>
      inTurn(async () => {
        if (wanted === undefined) return
        for (const { id } of wanted) if (here.has(id)) here.set(id, now())
        for (const [id, sinceMs] of here) {
          if (now() - sinceMs < keepMs) continue
          here.delete(id)
          await removeSite(folder, id)
          say('static files that nobody wants are removed', { site: id })
        }
      }),
  }
}

/** Who asked may leave; what is fetched is fetched for others too. */
const unlessAborted = async (work: Promise<void>, signal: AbortSignal): Promise<void> => {
  const left = Promise.withResolvers<never>()
  const leave = (): void => left.reject(signal.reason)
  signal.addEventListener('abort', leave, { once: true })
  try {
    signal.throwIfAborted()
    await Promise.race([work, left.promise])
  } finally {
    signal.removeEventListener('abort', leave)
    work.catch(() => undefined)
  }
}
