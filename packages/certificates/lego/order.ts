/** An account with an authority, and how it is reached. */
export interface Account {
  /** HTTPS address of the directory (RFC 8555, 7.1.1). */
  readonly directory: string
  /** The authority writes there when something is wrong. */
  readonly mail: string
  /** P-256, SEC 1. */
  readonly keyPem: string
  /** Certificates (PEM) to trust the directory by, when it is nobody whom everybody trusts. */
  readonly rootPem?: string
  /** Who pays: of authorities that want an account with them first (RFC 8555, 7.3.4). The key is base64url. */
  readonly binding?: { readonly keyId: string; readonly hmacKey: string }
  /** What lego knows of the account since it was registered. */
  readonly registration?: string
  readonly dns?: DnsProvider
}

/** Who writes records into the DNS: a provider of lego, with the variables it is configured by. */
export interface DnsProvider {
  readonly name: string
  readonly variables: Readonly<Record<string, string>>
  /** `10.0.0.1:53`: who is asked whether records are there; those of the system unless said. */
  readonly resolvers: readonly string[]
  /** Records are not waited for: nobody outside can be asked. */
  readonly isUnchecked: boolean
}
