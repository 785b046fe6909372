interface Details {
  readonly code: 'no-program' | 'not-a-certificate'
  readonly hint: string
  readonly cause?: unknown
}

/** What is wrong with this installation, or with an authority, and not with an order. No message holds a key. */
export class CertificatesError extends Error {
  override readonly name = 'CertificatesError'
  readonly code: Details['code']
  /** True: the same call may succeed later without anybody changing anything. */
  readonly retry = false
  readonly hint: string

  constructor(message: string, { code, hint, cause }: Details) {
    super(message, cause === undefined ? undefined : { cause })
    this.code = code
    this.hint = hint
  }
}
