import type { ServiceStatus } from '@atoll/deploy'
import { expect, it } from 'vitest'
import type { SeenStatus } from '../cluster/cluster.ts'
import { createPalette } from './palette.ts'
import { renderStatus } from './status.ts'

const service = (change: Partial<ServiceStatus>): ServiceStatus => ({
  service: 'web',
  image: 'web:1',
  mode: 'replicated',
  wanted: 1,
  running: 1,
  state: 'good',
  why: [],
  nodes: [],
  drift: [],
  tasks: [],
  ...change,
})

const status = (change: Partial<SeenStatus>): SeenStatus => ({
  ref: { app: 'shop', environment: 'test' },
  atMs: 0,
  services: [service({})],
  volumes: [],
  troubledNodes: [],
  names: [],
  disks: [],
  managers: [],
  uneven: [],
  strangers: [],
  ...change,
})

const render = (change: Partial<SeenStatus>, columns = Infinity): string =>
  renderStatus(status(change), { palette: createPalette(false), columns }).join('\n')

it('says below a service why it is not whole, and what to do', () => {
  const why = ['found no node with its published port free (no suitable node (...))']
  const hint = 'a port of a node is for one task'
  const text = render({ services: [service({ running: 0, state: 'waiting', why, hint })] })
  expect(text).toContain(`  ! ${why[0]}\n    → ${hint}`)
})

it('says which names lead nowhere, and what happens next', () => {
  const trouble = { service: 'db', node: 'node-3', network: 'n', kind: 'missing', sinceMs: 0 } as const
  const text = render({
    names: [{ ...trouble, message: 'db is not found by its name on node-3', hint: 'the platform restarts it' }],
  })
  expect(text).toContain('! db is not found by its name on node-3; the platform restarts it')
  expect(render({})).not.toContain('!')
})

it('shortens the image to its digest, and leaves it out, before anything else goes', () => {
  const image = `127.0.0.1:5000/shop/storefront-of-the-whole-company:2026.11@sha256:${'ab'.repeat(32)}`
  const services = [service({ image, sinceMs: 0 })]
  expect(render({ services }, 79)).toMatch(/IMAGE\nweb +1\/1 +good +0\.0 s +@abababab$/m)
  expect(render({ services }, 40)).toMatch(/SINCE\nweb +1\/1 +good +0\.0 s$/m)
  expect(render({ services })).toContain('shop/storefront-of-the-whole-company:2026.11 @abababab')
})

it('does not say of a task on a node that is down that it runs', () => {
  const tasks = [
    { taskId: 't1', slot: 1, state: 'running', node: 'node-1', image: '', sinceMs: 0, message: '', isCurrent: true },
    { taskId: 't2', slot: 2, state: 'running', node: 'node-2', image: '', sinceMs: 0, message: '', isCurrent: true },
  ] as const
  const text = render({
    services: [service({ tasks })],
    troubledNodes: [{ name: 'node-2', state: 'down', availability: 'active' }],
  })
  expect(text).toMatch(/web\.1 +running +node-1/)
  expect(text).toMatch(/web\.2 +no answer +node-2/)
})
