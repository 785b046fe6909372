import { createAuthority } from '@atoll/authority'
import { openStage } from '@atoll/deploy/stage'
import { X509Certificate } from 'node:crypto'
import { writeVips } from '@atoll/server/vips'
import { expect, it, vi } from 'vitest'
import { issueCredentials } from './certificate.ts'
import type { ServerCredentials } from './certificate.ts'
import { limits } from './limits.ts'
import { renewCertificate } from './renew-certificate.ts'
import { openTestControl } from './test-control.ts'

it('issues another once a node has moved or a virtual address has come, and in good time; not for nothing', async () => {
  const stage = openStage()
  await using control = await openTestControl(stage)
  const authority = await createAuthority({ name: 'test', nowMs: stage.clock.now() })
  const config = { names: [], addresses: [] }
  const issued: X509Certificate[] = []
  const server = { setSecureContext: ({ cert }: ServerCredentials) => void issued.push(new X509Certificate(cert)) }
  const certify = (signal: AbortSignal) => issueCredentials(control.control, { config, authority }, signal)
  const stop = new AbortController()
  const work = renewCertificate(control.control, { server, certify }, stop.signal)
  await stage.pass(10 * limits.nodesEveryMs)
  expect(issued).toEqual([])
  const [node] = stage.engine.world.nodes
  stage.engine.world.nodes[0] = { ...node!, address: '192.0.2.77' }
  await stage.pass(2 * limits.nodesEveryMs)
  // Signing takes real time, of which the stage knows nothing.
  await vi.waitFor(() => expect(issued).toHaveLength(1))
  expect(issued[0]?.checkIP('192.0.2.77')).toBe('192.0.2.77')
  const vip = { address: '192.0.2.200', prefixLength: 24, routerId: 7, isEveryNode: true, members: [] }
  await writeVips(stage, { vips: [vip], revision: 0 }, stop.signal)
  await stage.pass(2 * limits.nodesEveryMs)
  await vi.waitFor(() => expect(issued).toHaveLength(2))
  expect(issued[1]?.checkIP('192.0.2.200')).toBe('192.0.2.200')
  expect(issued[1]?.checkIP('192.0.2.77')).toBe('192.0.2.77')
  await stage.pass(limits.certificateEveryMs + limits.nodesEveryMs)
  await vi.waitFor(() => expect(issued).toHaveLength(3))
  stop.abort()
  await stage.settle(work)
})
