import { describe, expect, test } from 'vitest'
import { lookUpNames } from './look-up-names.ts'

const nodes = [{ address: '127.0.0.1' }, { address: '' }]
const troubleOf = async (name: string, of = nodes) => (await lookUpNames([name], of))[0]?.trouble

describe('a name of the nodes', () => {
  test('is good when it leads to one of them, as any address is', async () => {
    expect(await lookUpNames(['localhost', '203.0.113.7'], nodes)).toEqual([
      { name: 'localhost' },
      { name: '203.0.113.7' },
    ])
  })

  test('is told of when it leads elsewhere, or nowhere', async () => {
    expect(await troubleOf('localhost', [{ address: '10.0.0.5' }])).toMatch(
      /^leads to .*127\.0\.0\.1.*, which is no node; .* a record that leads to 10\.0\.0\.5$/,
    )
    // Without a name server at all it is not known that there is none.
    expect(await troubleOf('nothing.invalid')).toMatch(/^(leads nowhere|cannot be looked up).* leads to 127\.0\.0\.1$/)
  })
})
