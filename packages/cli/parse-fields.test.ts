import { expect, test } from 'vitest'
import { parseFields } from './parse-fields.ts'

test('texts are as they are typed, numbers are numbers, and brackets begin YAML', () => {
  const words = [
    'host=*.example.org',
    'port=8080',
    'strip=true',
    'path_regex=/u/[0-9]+\\?a=b',
    'access_log=1%',
    'rewrite=',
    'allow=[10.0.0.0/8, "2001:db8::1"]',
    'rate_limit={requests: 100, per: 1m}',
    "error_pages={503: '<p>$5'}",
  ]
  expect(parseFields(words)).toEqual({
    host: '*.example.org',
    port: 8080,
    strip: true,
    path_regex: '/u/[0-9]+\\?a=b',
    access_log: '1%',
    rewrite: '',
    allow: ['10.0.0.0/8', '2001:db8::1'],
    rate_limit: { requests: 100, per: '1m' },
    error_pages: { 503: '<p>$5' },
  })
})

test.each([
  ['host', '"host": write it as KEY=VALUE'],
  ['=a', 'write it as KEY=VALUE'],
  ['allow=[10.0.0.0/8', 'allow: [10.0.0.0/8 cannot be read'],
  ['rate_limit={per: 1m, per: 2m}', 'rate_limit: {per: 1m, per: 2m} cannot be read: Map keys must be unique'],
])('%s is not understood', (word, message) => {
  expect(() => parseFields([word])).toThrow(message)
})

test('a key that is said twice is refused', () => {
  expect(() => parseFields(['host=a', 'host=b'])).toThrow('host is said twice')
})
