import { expect, test } from 'vitest'
import { renderBytes } from './size.ts'

test.each([
  [0, '0 B'],
  [512, '512 B'],
  [1_400_000, '1.4 MB'],
  [23_400_000_000, '23 GB'],
  [9_960, '10 kB'],
])('%i bytes are %s', (bytes, text) => expect(renderBytes(bytes)).toBe(text))
