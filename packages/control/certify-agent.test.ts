import { generateKeyPairSync, X509Certificate } from 'node:crypto'
import { createAuthority } from '@atoll/authority'
import { describe, expect, it } from 'vitest'
import { createCertifyAgent, parseAgentsSecret } from './certify-agent.ts'

const live = new AbortController().signal
const nowMs = Date.now()
const authority = await createAuthority({ name: 'test', nowMs })
const secret = 'a secret of agents, long enough for one'
const places = [
  { nodeId: 'n1', addresses: ['10.0.1.5'] },
  { nodeId: 'n2', addresses: ['10.0.1.6'] },
]
const certify = createCertifyAgent({
  authority,
  secrets: [secret, 'the other one, while it is exchanged'],
  agents: async () => places,
  clock: { now: () => nowMs },
})
const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const publicKeyPem = publicKey.export({ type: 'spki', format: 'pem' }).toString()
const right = { nodeId: 'n1', secret, publicKeyPem, address: '::ffff:10.0.1.5' }

describe('a certificate of an agent', () => {
  it('is given for a day, to its own key, under the name of its node', async () => {
    const { certificatePem, notAfterMs } = await certify(right, live)
    const certificate = new X509Certificate(certificatePem)
    expect(certificate.subjectAltName).toBe('DNS:n1.agent.atoll')
    expect(certificate.publicKey.equals(publicKey)).toBe(true)
    expect(certificate.verify(new X509Certificate(authority.certificatePem).publicKey)).toBe(true)
    expect(Math.abs(notAfterMs - nowMs - 86_400_000)).toBeLessThan(1_000)
  })

  it('is given for either secret while they are exchanged', async () => {
    await expect(certify({ ...right, secret: 'the other one, while it is exchanged' }, live)).resolves.toBeDefined()
  })

  it.each([
    ['with a wrong secret', { secret: 'another' }],
    ['from an address of nobody', { address: '10.0.1.7' }],
    ['for another node', { nodeId: 'n2' }],
    ['for a node that is not there', { nodeId: 'n3' }],
  ])('is refused %s, always in the same words', async (_why, change) => {
    const refused = { status: 403, code: 'not-an-agent', message: expect.stringContaining('or the engine knows') }
    await expect(certify({ ...right, ...change }, live)).rejects.toMatchObject(refused)
  })

  it('is refused for what is no key', async () => {
    await expect(certify({ ...right, publicKeyPem: 'x' }, live)).rejects.toMatchObject({ status: 400 })
  })
})

it('a file without a secret is told from one, and nothing of it is said', () => {
  expect(parseAgentsSecret(JSON.stringify({ secret, certificatePem: '' }))).toBe(secret)
  expect(() => parseAgentsSecret('{"secret":"short"}')).toThrow('holds no secret of agents')
})
