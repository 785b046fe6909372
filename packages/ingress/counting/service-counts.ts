import type { RouteTally, ServiceAnswers } from '@atoll/engine'
import { addServers, noteServers, sumByService } from './servers.ts'
import type { ServerBook, ServerSample } from './servers.ts'

/** What places counted, by their names; plain data. */
export type SavedPlaces = Readonly<Record<string, ServiceAnswers>>

/** Counters of the services of backends that several answer, of many workers as those of one. */
export interface ServiceCounts {
  readonly note: (worker: number, backend: string, sample: ServerSample) => void
  /** What the worker counted stays. */
  readonly close: (worker: number) => void
  /** Of a backend that no worker has. */
  readonly forget: (backend: string) => void
  readonly read: (backends: readonly string[]) => Pick<RouteTally, 'services'>
  /** Undefined: nothing was counted. To be called once all workers are closed. */
  readonly save: (backend: string) => SavedPlaces | undefined
}

const nothing: ServerBook = new Map()

export const countServices = (saved: ReadonlyMap<string, SavedPlaces>): ServiceCounts => {
  const closed = new Map(
    [...saved].map(([backend, places]) => [backend, new Map(Object.entries(places)) as ServerBook]),
  )
  /** By worker, then by backend. */
  const open = new Map<number, Map<string, ServerBook>>()
  return {
    note: (worker, backend, sample) => {
      const known = open.get(worker) ?? new Map<string, ServerBook>()
      open.set(worker, known)
      known.set(backend, noteServers(known.get(backend) ?? nothing, sample))
    },
    close: (worker) => {
      for (const [backend, book] of open.get(worker) ?? [])
        closed.set(backend, addServers(closed.get(backend) ?? nothing, book))
      open.delete(worker)
    },
    forget: (backend) => void closed.delete(backend),
    read: (backends) => {
      const books = backends.flatMap((backend) => [closed, ...open.values()].map((all) => all.get(backend) ?? nothing))
      const services = sumByService(books.reduce(addServers, nothing))
      return services.length > 0 ? { services } : {}
    },
    save: (backend) => {
      const book = closed.get(backend)
      return book === undefined ? undefined : Object.fromEntries(book)
    },
  }
}
