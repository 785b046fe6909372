import { EngineError } from '@atoll/engine'
import { expect, it } from 'vitest'
import { describeFailure } from './failure.ts'

it('passes on what the engine has refused', () => {
  const refused = new EngineError('refused', 'apply: no', { retry: false })
  expect(describeFailure(refused)).toBe(refused)
})

it('tells of an engine that is no manager any more as of one that is away, so that another is asked', () => {
  const text =
    'GET /configs: This node is not a swarm manager. Worker nodes can not be used to view or modify cluster state.'
  expect(describeFailure(new EngineError('refused', text))).toMatchObject({ code: 'unreachable', retry: true })
  const stored = Object.assign(new Error(text), { code: 'refused', retry: false })
  expect(describeFailure(stored)).toMatchObject({ code: 'unreachable', retry: true })
})

it('says of what nobody expected where to look', () => {
  expect(describeFailure(new TypeError('x is undefined'))).toMatchObject({
    code: 'refused',
    message: 'the agent failed: x is undefined; see its log',
  })
})
