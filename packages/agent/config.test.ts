import { expect, test } from 'vitest'
import { readConfig } from './config.ts'

test('the agent listens where control looks for it, unless told otherwise', () => {
  expect(readConfig({})).toEqual({
    socketPath: '/run/atoll/agent.sock',
    socketOwner: 10_001,
    engine: 'unix:///var/run/docker.sock',
  })
  const variables = { ATOLL_SOCKET: '/tmp/a', ATOLL_SOCKET_OWNER: '0', ATOLL_ENGINE: 'tcp://127.0.0.1:2375' }
  expect(readConfig(variables)).toEqual({ socketPath: '/tmp/a', socketOwner: 0, engine: 'tcp://127.0.0.1:2375' })
})

test.each(['app', '-1', '1.5', '99999999999', ' '])('"%s" is no owner', (ATOLL_SOCKET_OWNER) => {
  expect(() => readConfig({ ATOLL_SOCKET_OWNER })).toThrow(expect.objectContaining({ code: 'config' }))
})
