import { expect, test } from 'vitest'
import { explainRefusal } from './explain-refusal.ts'

const configuration = {
  text: 'global\n# a.org/ of web in shop/production\nbackend b\n  bad\n',
  files: {},
  backends: [],
  frame: '',
}

test('a refusal names the route of the line, and says why', () => {
  const said = "[NOTICE] (1) : x\n[ALERT]    (12) : config : parsing [/x/haproxy.cfg:4] : unknown keyword 'bad'\n"
  const error = explainRefusal(configuration, said)
  expect(error.message).toBe(
    "configure HAProxy for a.org/ of web in shop/production: refused: config : parsing [/x/haproxy.cfg:4] : unknown keyword 'bad'",
  )
  expect([error.code, error.retry]).toEqual(['refused', false])
})

test('one of no line says what there is', () => {
  expect(explainRefusal(configuration, 'out of memory').message).toBe('configure HAProxy: refused: out of memory')
})
