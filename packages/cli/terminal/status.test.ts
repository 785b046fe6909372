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
  strangers: [],
  ...change,
})

const render = (change: Partial<SeenStatus>): string => renderStatus(status(change), createPalette(false)).join('\n')

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
