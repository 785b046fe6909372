import { expect, it } from 'vitest'
import { renderShellWord } from './shell-word.ts'

it.each([
  ['/srv/atoll-1f3a.age', '/srv/atoll-1f3a.age'],
  ['s3://backups/shop/a.age', 's3://backups/shop/a.age'],
  ['/mnt/my disk/a.age', "'/mnt/my disk/a.age'"],
  ['~ann/a.age', "'~ann/a.age'"],
  ["it's", String.raw`'it'\''s'`],
  ['', "''"],
])('%j is pasted as %s', (word, pasted) => expect(renderShellWord(word)).toBe(pasted))
