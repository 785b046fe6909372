import { describe, expect, it } from 'vitest'
import { describeFailure, describeReply } from './reply-error.ts'

const attempt = { doing: 'create service shop_web', endpoint: 'unix:///a' }

describe("the engine's no", () => {
  // Texts as Docker 20.10.24 and 28.2 were heard to say them.
  it.each([
    [
      409,
      'rpc error: code = AlreadyExists desc = name conflicts with an existing object: service s1 already exists',
      'name-taken',
      false,
    ],
    [409, 'network with name n1 already exists', 'name-taken', false],
    [400, 'rpc error: code = FailedPrecondition desc = network l1z is in use by service kl2', 'conflict', true],
    [500, 'rpc error: code = Unknown desc = update out of sequence', 'version', true],
    [404, 'service nope not found', 'not-found', false],
    [400, 'rpc error: code = InvalidArgument desc = ContainerSpec: image reference must be provided', 'invalid', false],
    [503, 'This node is not a swarm manager. Use "docker swarm init"', 'refused', false],
    [
      503,
      'rpc error: code = Unknown desc = The swarm does not have a leader. It is possible that too few managers are online.',
      'no-quorum',
      true,
    ],
    [500, 'rpc error: code = DeadlineExceeded desc = context deadline exceeded', 'no-quorum', true],
    [500, 'network ykl186v1px7xkopyn5qk86ulp not found', 'not-found', false],
    [500, 'something nobody has seen', 'refused', true],
    [418, 'a teapot', 'refused', false],
  ])('%i %s', (status, text, code, retry) => {
    expect(describeReply(attempt, status, text)).toMatchObject({ code, retry })
  })

  it('names what was done, where, and the way out', () => {
    const { message } = describeReply(attempt, 503, 'This node is not a swarm manager.')
    expect(message).toMatch(
      /^create service shop_web on unix:\/\/\/a: This node is not a swarm manager\.; name a manager/,
    )
  })

  it('tells a socket nobody may open from one nobody listens at', () => {
    const signal = new AbortController().signal
    const fail = (code: string) => describeFailure(attempt, Object.assign(new Error('connect'), { code }), signal)
    expect(fail('EACCES').message).toContain('group docker')
    expect(fail('ENOENT')).toMatchObject({ code: 'unreachable', message: expect.stringContaining('start it') })
  })
})
