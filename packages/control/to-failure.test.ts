import { BusyError, InvalidRouteError, NotFoundError, RefusedError } from '@atoll/deploy'
import { EngineError } from '@atoll/engine'
import { ConflictError, StoreError } from '@atoll/store'
import { expect, test } from 'vitest'
import { ControlError } from './errors.ts'
import { retryAfterOf, toFailure } from './to-failure.ts'

const ref = { app: 'shop', environment: 'test' }

test.each([
  [new BusyError(ref, { owner: 'ann@a', sinceMs: 0, deployment: 3 }), 409, 'busy'],
  [new NotFoundError('no release 9'), 404, 'not-found'],
  [new RefusedError('no'), 422, 'refused'],
  [new InvalidRouteError('shop/test', []), 422, 'invalid-route'],
  [new EngineError('no-quorum', 'no leader'), 503, 'no-quorum'],
  [new EngineError('unreachable', 'nobody answers'), 502, 'unreachable'],
  [new EngineError('unreachable', 'node-2 does not answer', { retry: false }), 504, 'unreachable'],
  [new EngineError('timeout', 'slow'), 504, 'timeout'],
  [new EngineError('refused', 'policy'), 403, 'refused'],
  [new ConflictError('lost'), 409, 'conflict'],
  [new StoreError('no-quorum', 'no leader'), 503, 'no-quorum'],
  [new ControlError('changed', 'meanwhile', { status: 412 }), 412, 'changed'],
  [new DOMException('late', 'TimeoutError'), 504, 'timeout'],
])('%o is told as %i %s', (error, status, code) => {
  expect(toFailure(error)).toMatchObject({ type: 'about:blank', status, code })
})

test('of what is not expected nothing gets out', () => {
  const told = JSON.stringify(toFailure(new TypeError('cannot read hunter2')))
  expect(told).toContain('"code":"bug"')
  expect(told).not.toContain('hunter2')
  expect(toFailure('a string')).toMatchObject({ status: 500 })
})

test('who may try again is told when', () => {
  expect(retryAfterOf(new EngineError('no-quorum', 'x'), 503)).toBe(5)
  const limited = new ControlError('too-many-attempts', 'x', { status: 429, retryAfterS: 42 })
  expect(retryAfterOf(limited, 429)).toBe(42)
  expect(retryAfterOf(new NotFoundError('x'), 404)).toBeUndefined()
})
