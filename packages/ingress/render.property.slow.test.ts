import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { render } from './render.ts'
import { environmentOfRoutes, writtenRoutes } from './testing/arbitraries.ts'
import { sampleSettings } from './testing/table.ts'
import type { Configuration, RoutedEnvironment } from './table.ts'

const settings = { ...sampleSettings, https: { port: 443 } }
const renderOf = (...environments: readonly RoutedEnvironment[]): Configuration =>
  render({ environments, certificates: [] }, settings)

test('the order of routes, services and environments means nothing', () => {
  const split = fc.tuple(writtenRoutes, fc.infiniteStream(fc.nat(2)), fc.infiniteStream(fc.nat()))
  fc.assert(
    fc.property(split, ([written, owners, order]) => {
      const apps = ['a', 'b', 'c'].map((app, index) => ({
        app,
        own: written.filter(() => owners.next().value === index),
      }))
      const shuffle = <T>(list: readonly T[]): readonly T[] =>
        list
          .map((value) => ({ value, at: order.next().value }))
          .toSorted((x, y) => x.at - y.at)
          .map(({ value }) => value)
      const first = renderOf(...apps.map(({ app, own }) => environmentOfRoutes(app, own)))
      const second = renderOf(...shuffle(apps).map(({ app, own }) => environmentOfRoutes(app, shuffle(own))))
      expect(second).toEqual(first)
    }),
    { numRuns: 40 },
  )
})

/** What every line does, and of how many words: a quoted text is one, whatever it holds. */
const shapeOf = (line: string): string => {
  const words = line
    .trim()
    .replaceAll(/'[^']*'(?:\\''[^']*')*/g, 'TEXT')
    .replaceAll(/[0-9a-f]{10}/g, 'ID')
    .split(/\s+/)
  // A quotation mark that is left over begins a text that does not end where it should.
  if (words.some((word) => word.includes("'"))) return `${line} is not whole`
  return `${words.slice(0, words[0] === 'user' ? 1 : 2).join(' ')} and ${words.length} words`
}

const skeletonOf = ({ text, files }: Configuration): readonly string[] => [
  ...text
    .split('\n')
    .filter((line) => !line.startsWith('#'))
    .map(shapeOf),
  ...Object.entries(files).map(([path, content]) =>
    path.startsWith('pages/') ? 'page' : `${path.split('-')[1] ?? path} ${content.split('\n').length}`,
  ),
]

const hostile = fc.oneof(
  fc.constantFrom("'", '"', '\\', "\\'", "'\n  server x 1.2.3.4:80\n'", '%[env(PATH)]', '#', '\r\nserver', ' if TRUE'),
  fc.constantFrom(
    'x }',
    '{ always_true }',
    '$HOME',
    '${HOME}',
    '\0',
    '\u2028',
    '--',
    '-f /etc/passwd',
    '%',
    '%%',
    '`ls`',
  ),
  fc.string({ unit: 'binary', maxLength: 20 }),
)

/** A route with a text in every place that takes one. */
const places: Readonly<Record<string, (text: string) => object>> = {
  host: (text) => ({ host: text }),
  path: (text) => ({ path: `/${text}` }),
  'exact path': (text) => ({ path_exact: `/${text}` }),
  pattern: (text) => ({ path_regex: `/${text}` }),
  rewrite: (text) => ({ rewrite: `/${text}` }),
  method: (text) => ({ method: [text] }),
  header: (text) => ({ header: { 'X-A': text } }),
  'name of a header': (text) => ({ header: { [text]: '1' } }),
  query: (text) => ({ query: { a: text } }),
  'name of a parameter': (text) => ({ query: { [text]: '1' } }),
  'value that is set': (text) => ({ request_headers: { set: { 'X-A': text } } }),
  'value that is sent': (text) => ({ response_headers: { add: { 'X-A': text } } }),
  'name that is removed': (text) => ({ request_headers: { remove: [text] } }),
  realm: (text) => ({ basic_auth: { realm: text, users: { ann: `$5$salt$${'a'.repeat(43)}` } } }),
  user: (text) => ({ basic_auth: { users: { [text]: `$5$salt$${'a'.repeat(43)}` } } }),
  hash: (text) => ({ basic_auth: { users: { ann: `$5$salt$${'a'.repeat(43)}${text}` } } }),
  address: (text) => ({ allow: [text] }),
  origin: (text) => ({ cors: { origins: [`https://${text}`] } }),
  page: (text) => ({ maintenance: { page: text } }),
  'error page': (text) => ({ error_pages: { '503': text } }),
  redirect: (text) => ({ redirect: { host: text }, port: undefined }),
  'path of a redirect': (text) => ({ redirect: { path: `/${text}`, host: 'b.example.org' }, port: undefined }),
}

/** Undefined when it is refused. */
const skeletonWith = (place: (text: string) => object, text: string): readonly string[] | undefined => {
  const route = { host: 'a.example.org', port: 80, ...place(text) }
  try {
    return skeletonOf(renderOf(environmentOfRoutes('shop', [route])))
  } catch (error) {
    // A list of problems, and no bug.
    if (error instanceof Error && error.message.startsWith('[{"severity":"error"')) return undefined
    throw error
  }
}

const harmless: Readonly<Record<string, string>> = { address: '10.0.0.1', hash: '', method: 'GET', origin: 'a.org' }

describe('no text becomes another line, wherever it stands', () => {
  test.each(Object.entries(places))('%s', (name, place) => {
    const usual = skeletonWith(place, harmless[name] ?? 'x')
    expect(usual).toBeDefined()
    fc.assert(
      fc.property(hostile, (text) => {
        fc.pre(text.trim() !== '' && text.trim() !== '*')
        expect(skeletonWith(place, text) ?? usual).toEqual(usual)
      }),
      { numRuns: 60 },
    )
  })
})
