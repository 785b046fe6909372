import type { CustomFetch } from 'openid-client'
import type { RequestInit as TrustingInit } from 'undici'

/** As `fetch`; with `authorityPem` it trusts these certificates and no others. */
export const openFetch = async (authorityPem: string | undefined): Promise<CustomFetch> => {
  if (authorityPem === undefined) return (url, options) => fetch(url, options as RequestInit)
  // Few clusters need it, and it takes memory of every control that has read it. A bundle names nothing but the default.
  const { default: undici } = await import('undici')
  const dispatcher = new undici.Agent({ connect: { ca: authorityPem } })
  return (url, options) => undici.fetch(url, { ...(options as TrustingInit), dispatcher })
}
