/** What a lab tells of its work: that a part of it has begun, that it has ended, or a sentence of its own. */
export type LabProgress =
  | { readonly kind: 'began'; readonly what: string; readonly usually?: string }
  | { readonly kind: 'done'; readonly what: string; readonly tookMs: number }
  | { readonly kind: 'failed'; readonly what: string; readonly tookMs: number }
  | { readonly kind: 'said'; readonly line: string }

export interface Work {
  /** In words that stand at the beginning of a line: `forming the Swarm`. */
  readonly what: string
  /** How long it takes, for work that takes longer than one waits without being told: `about a minute, once`. */
  readonly usually?: string
  readonly onProgress: (progress: LabProgress) => void
}

/** Does a part of the work, and tells of its beginning and its end. Whether that is worth showing, the receiver knows. */
export const withProgress = async <T>({ onProgress, ...work }: Work, perform: () => Promise<T>): Promise<T> => {
  const startMs = performance.now()
  const tellEnd = (kind: 'done' | 'failed') =>
    onProgress({ kind, what: work.what, tookMs: performance.now() - startMs })
  onProgress({ kind: 'began', ...work })
  try {
    const result = await perform()
    tellEnd('done')
    return result
  } catch (error) {
    tellEnd('failed')
    throw error
  }
}
