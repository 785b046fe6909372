import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'

export const bytesOfText = (text: string): Uint8Array => utf8ToBytes(text)

/** SHA-256 of a text's UTF-8 in hexadecimal. */
export const hashText = (text: string): string => bytesToHex(sha256(utf8ToBytes(text)))

/** Keyed by what the content is for, so that one password in two places does not show as one. */
export const hashContent = (purpose: string, content: Uint8Array): string =>
  bytesToHex(hmac(sha256, utf8ToBytes(purpose), content))

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

/** RFC 4648, with padding. The language's own `toBase64` is not there before Node 25. */
export const renderBase64 = (bytes: Uint8Array): string => {
  const quads: string[] = []
  for (let i = 0; i < bytes.length; i += 3) {
    const bits = ((bytes[i] ?? 0) << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0)
    const quad = [18, 12, 6, 0].map((shift) => alphabet.charAt((bits >> shift) & 63)).join('')
    quads.push(i + 2 < bytes.length ? quad : quad.slice(0, bytes.length - i + 1).padEnd(4, '='))
  }
  return quads.join('')
}
