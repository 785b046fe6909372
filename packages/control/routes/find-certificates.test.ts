import { expect, it } from 'vitest'
import { createFindCertificates } from './find-certificates.ts'

const live = new AbortController().signal
const own = async (hosts: readonly string[]) => hosts.map((host) => ({ host, pem: `own ${host}`, isPublic: false }))

it('every host has the best there is: what somebody brought or an authority issued, else one of the cluster', async () => {
  const held = async () => ['b.example.org', '*.example.org'].map((host) => ({ host, pem: 'good', isPublic: true }))
  const find = createFindCertificates({ held, own, findThumbprint: async () => 'x' })
  expect(await find(['a.example.org', 'b.example.org', '*.example.org'], live)).toEqual({
    certificates: [
      { host: '*.example.org', pem: 'good', isPublic: true },
      { host: 'a.example.org', pem: 'own a.example.org', isPublic: false },
      { host: 'b.example.org', pem: 'good', isPublic: true },
    ],
    acmeThumbprint: 'x',
  })
  const none = createFindCertificates({ held: async () => [], own, findThumbprint: async () => undefined })
  expect(await none([], live)).toEqual({ certificates: [] })
})
