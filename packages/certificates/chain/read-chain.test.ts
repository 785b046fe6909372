import { generateKeyPairSync } from 'node:crypto'
import { createAuthority, issueCertificate } from '@atoll/authority'
import * as fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { makeChain } from '../testing/make-chain.ts'
import type { MadeChain } from '../testing/make-chain.ts'
import { readChain } from './read-chain.ts'

const nowMs = Date.now()
const dayMs = 86_400_000
let made: MadeChain
let other: MadeChain

beforeAll(async () => {
  made = await makeChain({ names: ['shop.example.org', '*.shop.example.org'], nowMs })
  other = await makeChain({ names: ['other.example.org'], nowMs })
})

const wrong = (text: string, atMs = nowMs): string => {
  const { chain, problems } = readChain(text, atMs)
  expect(chain).toBeUndefined()
  return problems.join('\n')
}

describe('a certificate that can be served', () => {
  test('is put in order, without its root, whatever the order and what stands between', () => {
    const { leafPem, signerPem, rootPem, keyPem } = made
    fc.assert(
      fc.property(
        fc.shuffledSubarray([leafPem, signerPem, rootPem, keyPem], { minLength: 4 }),
        fc.string().filter((text) => !text.includes('-----')),
        (parts, between) => {
          const { chain, problems, warnings } = readChain(parts.join(`\n${between}\n`), nowMs)
          expect(problems).toEqual([])
          expect(chain).toMatchObject({ chainPem: leafPem + signerPem, keyPem })
          expect(warnings).toEqual([expect.stringContaining('known to no browser')])
        },
      ),
      { numRuns: 10 },
    )
  })

  test('says for whom it is, who signed it and until when', () => {
    const { chain } = readChain(made.leafPem + made.signerPem + made.keyPem, nowMs)
    expect(chain?.facts).toMatchObject({
      names: ['*.shop.example.org', 'shop.example.org'],
      issuer: 'Signer of tests',
      fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
    })
    expect((chain?.facts.notAfterMs ?? 0) - nowMs).toBeGreaterThan(29 * dayMs)
  })

  test('is told to lack who signed it, and is taken', () => {
    const { chain, warnings } = readChain(made.leafPem + made.keyPem, nowMs)
    expect(chain?.chainPem).toBe(made.leafPem)
    expect(warnings).toEqual([expect.stringContaining('give the whole chain')])
  })
})

describe('what is refused, and why', () => {
  test('nothing, half of it, and what cannot be read', () => {
    expect(wrong('')).toContain('there is no certificate')
    expect(wrong(made.leafPem)).toContain('there is no private key')
    expect(wrong(made.keyPem)).toContain('there is no certificate')
    expect(wrong(made.leafPem.replace(/\n[^-]{40}/, '\n') + made.keyPem)).toContain('cannot be read')
    expect(wrong(made.leafPem + made.keyPem.replace(/\n[^-]{20}/, '\n'))).toContain('private key cannot be read')
    expect(wrong(made.leafPem.repeat(11) + made.keyPem)).toContain('10 at most')
  })

  test('the key of another, several, and one behind a passphrase', () => {
    expect(wrong(made.leafPem + other.keyPem)).toContain('belongs to none of the certificates, which are for *.shop')
    expect(wrong(made.leafPem + made.keyPem + other.keyPem)).toContain('several private keys')
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const cipher = { format: 'pem', type: 'pkcs8', cipher: 'aes-256-cbc', passphrase: 'x' } as const
    expect(wrong(made.leafPem + privateKey.export(cipher).toString())).toContain('passphrase')
  })

  test('a certificate that has nothing to do with it', () => {
    expect(wrong(made.leafPem + made.signerPem + other.signerPem + made.keyPem)).toContain('leave it out')
  })

  test('one that has ended, or not begun', () => {
    expect(wrong(made.leafPem + made.keyPem, nowMs + 31 * dayMs)).toMatch(/has ended on \d{4}-\d\d-\d\d/)
    expect(wrong(made.leafPem + made.keyPem, nowMs - dayMs)).toContain('begins on')
    expect(wrong(made.leafPem + made.signerPem + made.keyPem, nowMs + 400 * dayMs)).toContain('who signed, has ended')
  })

  test('that of an authority, of a client, without names, and too weak', async () => {
    expect(wrong(made.signerPem + made.signerKeyPem)).toContain('one of an authority')
    const authority = await createAuthority({ name: 'Atoll test', nowMs })
    const request = { authority, commonName: 'x', addresses: [], nowMs, lifeMs: dayMs }
    const client = await issueCertificate({ ...request, names: ['a.example.org'], use: 'client' })
    expect(wrong(client.certificatePem + client.keyPem)).toContain('not made for servers')
    const nameless = await issueCertificate({ ...request, names: [], addresses: ['10.0.0.1'], use: 'server' })
    expect(wrong(nameless.certificatePem + nameless.keyPem)).toContain('names no host')
    const weak = await makeChain({ names: ['a.example.org'], nowMs, bits: 1024 })
    expect(wrong(weak.leafPem + weak.signerPem + weak.keyPem)).toContain('too short')
  })

  test('whatever it is, nothing of a key is said', () => {
    const secret = made.keyPem.split('\n')[1] ?? ''
    const pieces = [made.leafPem, made.keyPem, made.keyPem.slice(0, -40), other.leafPem, 'x', `-----BEGIN X-----\n`]
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...pieces)), fc.integer({ min: 0, max: 500 }), (parts, cut) => {
        const { problems, warnings } = readChain(parts.join('').slice(cut), nowMs)
        expect([...problems, ...warnings].join(' ')).not.toContain(secret.slice(0, 20))
      }),
      { numRuns: 20 },
    )
  })
})
