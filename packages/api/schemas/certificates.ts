import { z } from 'zod'

const hostName = z.string().max(260)
const owners = z
  .array(z.string().max(250))
  .readonly()
  .meta({ description: 'environments with a route for it, as shop/production' })
const text = z.string().min(1).max(300)
const address = z.url({ protocol: /^https$/ }).max(1000)

/** Beginning of the fingerprint. */
const certificateId = z.string().regex(/^[0-9a-f]{16}$/)

export const certificateParams = z.object({ certificate: certificateId })

const certificateShape = {
  id: certificateId,
  kind: z.enum(['issued', 'own']).meta({ description: 'own: somebody brought it, and renews it' }),
  names: z.array(hostName).readonly(),
  issuer: z.string(),
  fingerprint: z.string().meta({ description: 'SHA-256 of the certificate, hex' }),
  notBeforeMs: z.number(),
  notAfterMs: z.number(),
  addedAtMs: z.number(),
  by: z.string(),
}

/** Without its key, which `exportCertificate` alone gives. */
const certificate = z.object(certificateShape)

export const shownCertificate = z.object({
  ...certificateShape,
  chainPem: z.string(),
  hosts: z.array(hostName).readonly().meta({ description: 'hosts of routes that are answered with it' }),
})

/** A host of routes, and how it stands. */
const certifiedHost = z.object({
  host: hostName,
  of: owners,
  kind: z.enum(['served', 'due', 'waiting', 'impossible', 'unset']).meta({
    description:
      'waiting: it failed, and is tried again; impossible: a wildcard without a DNS provider; unset: no authority is set',
  }),
  certificate: certificateId.exactOptional(),
  atMs: z.number().exactOptional().meta({ description: 'when it is renewed, or tried again' }),
  reason: z.string().exactOptional().meta({ description: 'why it failed, and what to do' }),
})

export const certificateList = z.object({
  certificates: z.array(certificate).readonly(),
  hosts: z.array(certifiedHost).readonly(),
  /** Why nothing can be had at present, whatever the host. */
  trouble: z.object({ reason: z.string(), atMs: z.number() }).exactOptional(),
})

export const certificateAddition = z.strictObject({
  /** Certificates and the private key, in any order. */
  pem: z.string().min(1).max(60_000),
})

export const addedCertificate = z.object({
  ...certificateShape,
  warnings: z.array(z.string()).readonly(),
  replaced: z
    .array(certificateId)
    .readonly()
    .meta({ description: 'own certificates of the same names, which are gone' }),
})

const dnsShape = {
  /** As lego calls it. */
  provider: z.string().regex(/^[a-z0-9-]{1,40}$/),
  /** `10.0.0.1:53`: who is asked whether records are there. */
  resolvers: z.array(z.string().regex(/^[A-Za-z0-9.:[\]-]{1,260}$/)).max(8),
  /** All names are proven by it, not wildcards alone. */
  isForAll: z.boolean(),
  /** Records are not waited for. */
  isUnchecked: z.boolean(),
}

const acmeShape = {
  directory: address,
  mail: z.email().max(200),
  /** Certificates (PEM) to trust the directory by; the only ones then. */
  rootPem: z.string().min(1).max(50_000).exactOptional(),
}

/** What is set, without secrets. */
export const acmeSettings = z.object({
  ...acmeShape,
  bindingKeyId: text.exactOptional(),
  dns: z
    .object({ ...dnsShape, variables: z.array(z.string()).meta({ description: 'their names alone' }) })
    .exactOptional(),
  thumbprint: z.string().meta({ description: 'of the key of the account: every node answers challenges with it' }),
  revision: z.number(),
})

export const acmeChange = z.strictObject({
  ...acmeShape,
  /** Of authorities that want an account with them first. */
  binding: z.strictObject({ keyId: text, secretHmacKey: z.string().regex(/^[\w-]{1,500}$/) }).exactOptional(),
  dns: z
    .strictObject({
      ...dnsShape,
      /** What lego's provider is configured by. */
      variables: z.record(z.string().regex(/^[A-Z][A-Z0-9_]{0,99}$/), z.string().max(4_000)),
    })
    .exactOptional(),
})
