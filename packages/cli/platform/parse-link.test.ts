import { expect, test } from 'vitest'
import { parseLink } from './parse-link.ts'

const fingerprint = 'A'.repeat(43)

test('the link that init prints', () =>
  expect(parseLink(`https://10.0.0.1:8443/#atoll_i_x.${fingerprint}`)).toEqual({
    url: 'https://10.0.0.1:8443',
    token: 'atoll_i_x',
    fingerprint,
  }))

test('the address alone', () =>
  expect(parseLink('https://atoll.example.org:8443/')).toEqual({ url: 'https://atoll.example.org:8443' }))

test.each(['10.0.0.1:8443', 'http://10.0.0.1', 'https://h/#token', 'https://h/#t.short'])('%s is none', (input) =>
  expect(() => parseLink(input)).toThrow('is no link to a cluster'),
)
