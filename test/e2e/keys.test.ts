import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openPlatform, type Platform } from './platform/open-platform.ts'
import { auditTests, exchangeTest } from './platform/keys.ts'

let platform: Platform

beforeAll(async () => {
  platform = await openPlatform('keys')
})
afterAll(() => platform?.close())

describe('the platform', () => {
  test('lets its owner in', async () => {
    const { status, stderr } = await platform.signIn()
    expect(status, stderr).toBe(0)
  })
  exchangeTest(() => platform)
  auditTests(() => platform, 'vault')
})
