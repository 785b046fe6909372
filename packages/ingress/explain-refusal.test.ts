import { expect, test } from 'vitest'
import { explainRefusal } from './explain-refusal.ts'
import type { Backend } from './table.ts'

const backend = (app: string, id: string): Backend => ({
  kind: 'route',
  name: `${app}.production.web.${id}`,
  app,
  environment: 'production',
  service: 'web',
  route: `${app}.org/`,
  slots: [],
})

const configuration = {
  text: [
    'global',
    'userlist users-00112233aa',
    '  user ann password x',
    'frontend web',
    '  use_backend shop.production.web.00112233aa if { bad }',
    'backend shop.production.web.00112233aa',
    '  bad',
    'backend farm.production.web.00112233bb',
    '  bad',
  ].join('\n'),
  files: {},
  backends: [backend('shop', '00112233aa'), backend('farm', '00112233bb')],
  frame: '',
}

const alert = (line: number, what: string): string =>
  `[ALERT]    (12) : config : parsing [/run/1/haproxy.cfg:${line}] : ${what}`

test('a refusal names the route of the line, says why, and of which parts of the table it is', () => {
  const said = `[NOTICE] (1) : x\n${alert(9, "unknown keyword 'bad'")}\n${alert(7, 'another')}\n`
  const error = explainRefusal(configuration, said)
  expect(error.message).toBe(
    "configure HAProxy for farm.org/ of web in farm/production: refused: parsing [haproxy.cfg:9] : unknown keyword 'bad'",
  )
  expect([error.code, error.retry]).toEqual(['refused', false])
  expect(error.parts).toEqual(['farm/production', 'shop/production'])
})

test.each([
  ['a rule of the frontend', alert(5, 'no such rule'), ['shop/production']],
  ['a list of users', alert(3, 'no such password'), ['shop/production']],
  ['a file of a route', alert(1, "cannot open 'pages/00112233bb-503.html'"), ['farm/production']],
  ['a certificate', alert(4, "cannot load 'certificates/_.a.org.pem'."), ['certificates/_.a.org.pem']],
  ['something else', alert(4, 'no such port'), []],
  ['nothing', 'out of memory', []],
])('one of %s is of these parts', (_of, said, parts) => {
  expect(explainRefusal(configuration, said).parts).toEqual(parts)
})

test('one of no line says what there is', () => {
  expect(explainRefusal(configuration, 'out of memory').message).toBe('configure HAProxy: refused: out of memory')
})
