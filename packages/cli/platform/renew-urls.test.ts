import { expect, test } from 'vitest'
import { renewUrls } from './renew-urls.ts'

const one = 'https://10.0.0.1:8443'
const two = 'https://10.0.0.2:8443'

test.each([
  ['a manager joined', [one], '10.0.0.1,10.0.0.2', [one, two]],
  ['a manager left', [two, one], '10.0.0.2', [two]],
  ['nobody can say', [one, two], undefined, [one, two]],
  ['it says nothing', [one, two], '', [one, two]],
  ['what is no address', [one], 'evil.example,10.0.0.1', [one]],
  [
    'the one that answered passes on to managers',
    ['https://10.0.0.9:8443', one],
    '10.0.0.2',
    ['https://10.0.0.9:8443', two],
  ],
  ['names stay', [one, 'https://atoll.example.org:8443'], '10.0.0.1', [one, 'https://atoll.example.org:8443']],
  [
    'IPv6, and the port people use',
    ['https://[fd00::1]'],
    'fd00::1,fd00::2',
    ['https://[fd00::1]', 'https://[fd00::2]'],
  ],
])('%s', (_what, urls, controls, wanted) => {
  expect(renewUrls(urls, controls)).toEqual(wanted)
})
