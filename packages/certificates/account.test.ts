import { createPrivateKey } from 'node:crypto'
import { expect, test } from 'vitest'
import { createAccountKey, thumbprintOf } from './account.ts'

test('a thumbprint is of the public half, and follows from the key alone', () => {
  const key = createAccountKey()
  expect(key).toContain('-----BEGIN EC PRIVATE KEY-----')
  expect(thumbprintOf(key)).toMatch(/^[\w-]{43}$/)
  const pkcs8 = createPrivateKey(key).export({ type: 'pkcs8', format: 'pem' }).toString()
  expect(thumbprintOf(pkcs8)).toBe(thumbprintOf(key))
  expect(thumbprintOf(createAccountKey())).not.toBe(thumbprintOf(key))
})
