import { openStage } from '@atoll/deploy/stage'
import { expect, it } from 'vitest'
import { caught } from '../../test-control.ts'
import { chooseName } from './choose-name.ts'

const never = new AbortController().signal

it.each([
  [{ preferred_username: 'Ann.Öst' }, 'ann-ost'],
  [{ preferred_username: 'ann@example.org', email: 'other@example.org' }, 'ann'],
  [{ preferred_username: '!!!', email: 'Ann+x@example.org' }, 'ann-x'],
  [{ preferred_username: 7, name: '--Ann--' }, 'ann'],
  [{ email: '@example.org' }, 'somebody'],
  [{ name: 'x'.repeat(500) }, 'x'.repeat(50)],
  [{}, 'somebody'],
])('%o is called %s', async (claims, name) => {
  expect(await chooseName(openStage(), claims, never)).toBe(name)
})

it('gives a number to who is called like another, and gives up after a hundred', async () => {
  const { documents } = openStage()
  const put = (name: string) => documents.put('person', name, { expected: 0, value: {} }, never)
  await put('ann')
  expect(await chooseName({ documents }, { name: 'ann' }, never)).toBe('ann-2')
  for (let number = 2; number <= 100; number += 1) await put(`ann-${number}`)
  expect(await caught(chooseName({ documents }, { name: 'ann' }, never))).toMatchObject({ code: 'name-taken' })
})
