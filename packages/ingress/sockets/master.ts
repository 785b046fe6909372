import { askSocket } from './ask-socket.ts'

/** What the master says of its workers. */
export interface Generation {
  /** Of the worker that takes connections; undefined while there is none. */
  readonly worker: number | undefined
  /** Reloads since the start, with those that failed. */
  readonly reloads: number
  /** Those in a row that failed until now. */
  readonly failed: number
}

export const readGeneration = async (path: string, signal?: AbortSignal): Promise<Generation> =>
  parseGeneration(await askSocket(path, 'show proc', signal))

export const parseGeneration = (reply: string): Generation => {
  const [, reloads, failed] = /^\d+\s+master\s+(\d+)(?:\s+\[failed: (\d+)\])?/m.exec(reply) ?? []
  const [current = ''] = reply.split('# old workers')
  const [, worker] = /^(\d+)\s+worker\s/m.exec(current) ?? []
  return {
    worker: worker === undefined ? undefined : Number(worker),
    reloads: Number(reloads ?? 0),
    failed: Number(failed ?? 0),
  }
}

/** Begins a reload: the master reads the file anew, and starts a worker if it is right. */
export const beginReload = async (path: string, signal?: AbortSignal): Promise<void> => {
  await askSocket(path, 'reload', signal)
}
