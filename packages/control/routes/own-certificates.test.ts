import { createAuthority } from '@atoll/authority'
import { X509Certificate } from 'node:crypto'
import { expect, it } from 'vitest'
import { createOwnCertificates } from './own-certificates.ts'

const live = new AbortController().signal
const dayMs = 86_400_000

it('every host but those of the platform itself gets a certificate of the cluster for its name, and keeps it until it is to be renewed', async () => {
  let nowMs = Date.now()
  const authority = await createAuthority({ name: 'Atoll test', nowMs })
  const find = createOwnCertificates({ authority, now: () => nowMs, listOwnNames: async () => ['atoll.example.com'] })
  const [first, wild] = await find(['shop.example.org', '*.example.org'], live)
  const certificate = new X509Certificate(first?.pem ?? '')
  expect(certificate.checkHost('shop.example.org')).toBe('shop.example.org')
  expect(certificate.checkHost('rival.example.org')).toBeUndefined()
  expect(certificate.verify(new X509Certificate(authority.certificatePem).publicKey)).toBe(true)
  expect(new X509Certificate(wild?.pem ?? '').checkHost('a.example.org')).toBeDefined()
  expect(first?.isPublic).toBe(false)
  const ours = ['atoll.example.com', '*.example.com', 'control', 'n1.agent.atoll', '*.agent.atoll']
  expect(await find(ours, live)).toEqual([])
  expect(await find(['shop.example.org'], live)).not.toEqual([first])
  const [again] = await find(['shop.example.org'], live)
  nowMs += 59 * dayMs
  expect(await find(['shop.example.org'], live)).toEqual([again])
  nowMs += 2 * dayMs
  const [renewed] = await find(['shop.example.org'], live)
  expect(renewed?.pem).not.toBe(again?.pem)
})
