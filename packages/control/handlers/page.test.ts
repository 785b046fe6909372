import { expect, it } from 'vitest'
import { byRef, compareRefs, toLongPage } from './page.ts'

const refs = ['shop-two/test', 'a/test', 'shop/test', 'shop/production', 'a-b/x', 'a_b/x', 'a/b-c'].map((name) => {
  const [app = '', environment = ''] = name.split('/')
  return { app, environment }
})

/** Page by page, as a caller goes through them. */
const readAll = (limit: number, gone: readonly string[] = []) => {
  const found: string[] = []
  let after: string | undefined
  for (let page = 0; page < 20; page += 1) {
    const there = page === 0 ? refs : refs.filter(({ app }) => !gone.includes(app))
    const order = byRef((ref: (typeof refs)[number]) => ref)
    const { items, next } = toLongPage(
      there.toSorted(compareRefs),
      { limit, ...(after === undefined ? {} : { after }) },
      order,
    )
    found.push(...items.map(({ app, environment }) => `${app}/${environment}`))
    if (next === undefined) return found
    after = next
  }
  throw new Error('the pages do not end')
}

const sorted = refs.toSorted(compareRefs).map(({ app, environment }) => `${app}/${environment}`)

it.each([1, 2, 3, 100])('environments come once each, in pages of %i', (limit) => {
  expect(readAll(limit)).toEqual(sorted)
})

it('what goes meanwhile takes nothing else with it', () => {
  const [first = ''] = sorted
  const app = first.split('/')[0] ?? ''
  expect(readAll(1, [app])).toEqual(sorted.filter((name) => name === first || !name.startsWith(`${app}/`)))
})
