import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readConfig } from './config.ts'

test('the agent listens where control looks for it, unless told otherwise', () => {
  expect(readConfig({})).toEqual({
    socketPath: '/run/atoll/agent.sock',
    healthPath: '/tmp/health.sock',
    socketOwner: 10_001,
    engine: 'unix:///var/run/docker.sock',
  })
  const variables = { ATOLL_SOCKET: '/tmp/a', ATOLL_SOCKET_OWNER: '0', ATOLL_ENGINE: 'tcp://127.0.0.1:2375' }
  const told = { socketPath: '/tmp/a', socketOwner: 0, engine: 'tcp://127.0.0.1:2375' }
  expect(readConfig(variables)).toMatchObject(told)
})

test.each(['app', '-1', '1.5', '99999999999', ' '])('"%s" is no owner', (ATOLL_SOCKET_OWNER) => {
  expect(() => readConfig({ ATOLL_SOCKET_OWNER })).toThrow(expect.objectContaining({ code: 'config' }))
})

test('an agent joins the others with their secret, and does not begin with a file that is none', () => {
  const folder = mkdtempSync(join(tmpdir(), 'atoll-config-'))
  try {
    const path = join(folder, 'agents')
    const secret = 's'.repeat(43)
    writeFileSync(path, JSON.stringify({ secret, certificatePem: 'pem' }))
    const membership = { secret, authorityPem: 'pem', control: { host: 'tasks.control', port: 8443 }, port: 7443 }
    expect(readConfig({ ATOLL_AGENTS: path })).toMatchObject({ membership })
    expect(() => readConfig({ ATOLL_AGENTS: path, ATOLL_PORT: 'x' })).toThrow('ATOLL_PORT: "x" is no port')
    writeFileSync(path, JSON.stringify({ secret: 'short', certificatePem: 'pem' }))
    expect(() => readConfig({ ATOLL_AGENTS: path })).toThrow('holds no secret of agents')
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('the agent looks after the disk where it is told to, within limits that can be set', () => {
  const dayMs = 86_400_000
  expect(readConfig({ ATOLL_DISK: '/var/lib/atoll' })).toMatchObject({
    disk: { folder: '/var/lib/atoll', limits: { imageIdleMs: 7 * dayMs, imageBytes: 10e9, imageShare: 0.2 } },
  })
  const variables = { ATOLL_DISK: '/d', ATOLL_IMAGES_DAYS: '0.5', ATOLL_IMAGES_GB: '2', ATOLL_IMAGES_PERCENT: '5' }
  expect(readConfig(variables).disk?.limits).toEqual({ imageIdleMs: dayMs / 2, imageBytes: 2e9, imageShare: 0.05 })
  const refused = expect.objectContaining({ code: 'config' })
  expect(() => readConfig({ ...variables, ATOLL_IMAGES_GB: 'much' })).toThrow(refused)
})
