import { host } from './http2-case.ts'

export interface Case1 {
  readonly name: string
  /** What RFC 9112 and 9110 want, where HAProxy 2.6 does it: `refused` is a 4xx or a connection that is closed, with nothing that a task was asked. */
  readonly rule: 'answered' | 'refused' | 'any'
  readonly text: string
}

const caseOf =
  (rule: Case1['rule']) =>
  (name: string, text: string): Case1 => ({ name, rule, text })
const [answered, refused, either] = [caseOf('answered'), caseOf('refused'), caseOf('any')]

export const first = `GET / HTTP/1.1\r\nHost: ${host}\r\n`
const send = (...fields: readonly string[]): string =>
  `POST / HTTP/1.1\r\nHost: ${host}\r\n${fields.map((field) => `${field}\r\n`).join('')}\r\n`
const smuggled = `GET /smuggled HTTP/1.1\r\nHost: ${host}\r\n\r\n`

/** For tests: what clients send by HTTP/1.1, good and bad. */
export const http1Cases: readonly Case1[] = [
  answered('a request', `${first}\r\n`),
  answered('a body of known length', `${send('Content-Length: 4')}body`),
  answered('a body in chunks', `${send('Transfer-Encoding: chunked')}4;a=b\r\nbody\r\n0\r\nX-End: 1\r\n\r\n`),
  answered('absolute form of the same host', `GET http://${host}/ HTTP/1.1\r\nHost: ${host}\r\n\r\n`),
  answered('an empty line before', `\r\n${first}\r\n`),

  either(
    'Content-Length beside Transfer-Encoding',
    `${send('Content-Length: 6', 'Transfer-Encoding: chunked')}0\r\n\r\n${smuggled}`,
  ),
  either(
    'the same the other way round',
    `${send('Transfer-Encoding: chunked', 'Content-Length: 60')}0\r\n\r\n${smuggled}`,
  ),
  refused('two that differ of Content-Length', `${send('Content-Length: 0', 'Content-Length: 4')}${smuggled}`),
  refused('two that differ in one line', `${send('Content-Length: 0, 4')}${smuggled}`),
  either('two of Content-Length that are the same', `${send('Content-Length: 4', 'Content-Length: 4')}body`),
  ...['+4', '-4', '4 4', '0x4', '4a', '', '99999999999999999999'].map((value) =>
    refused(`Content-Length of "${value}"`, `${send(`Content-Length: ${value}`)}body`),
  ),
  ...['xchunked', 'identity', 'chunked, identity', 'chunked, chunked', '\x0bchunked', 'chunk', ''].map((value) =>
    refused(`Transfer-Encoding of ${JSON.stringify(value)}`, `${send(`Transfer-Encoding: ${value}`)}0\r\n\r\n`),
  ),
  refused('a space before the colon', `${send('Transfer-Encoding : chunked')}0\r\n\r\n`),
  either(
    'Transfer-Encoding in HTTP/1.0',
    `POST / HTTP/1.0\r\nHost: ${host}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
  ),
  either('a line that is folded', send('X-A: 1\r\n Transfer-Encoding: chunked')),
  refused('a first header that is folded', `GET / HTTP/1.1\r\n X: 1\r\nHost: ${host}\r\n\r\n`),
  either('lines that end with LF alone', `${first}\r\n`.replaceAll('\r\n', '\n')),
  refused('CR alone within a line', send('X-A: 1\rTransfer-Encoding: chunked')),
  refused('NUL in a value', send('X-A: 1\0')),
  refused('NUL in a name', send('X\0A: 1')),
  refused('a header without a colon', send('X-A')),
  refused('a header without a name', send(': 1')),

  refused('a chunk of no number', `${send('Transfer-Encoding: chunked')}x\r\nbody\r\n0\r\n\r\n`),
  refused('a chunk of -1', `${send('Transfer-Encoding: chunked')}-1\r\nbody\r\n0\r\n\r\n`),
  refused('a chunk of 0x4', `${send('Transfer-Encoding: chunked')}0x4\r\nbody\r\n0\r\n\r\n`),
  refused('a chunk of 2^64', `${send('Transfer-Encoding: chunked')}10000000000000004\r\nbody\r\n0\r\n\r\n`),
  refused('a chunk without its end', `${send('Transfer-Encoding: chunked')}4\r\nbodyX0\r\n\r\n`),
  either('LF alone after the size of a chunk', `${send('Transfer-Encoding: chunked')}4\nbody\r\n0\r\n\r\n`),
  either('LF alone in an extension of a chunk', `${send('Transfer-Encoding: chunked')}4;a\nbody\r\n0\r\n\r\n`),
  either('NUL in an extension of a chunk', `${send('Transfer-Encoding: chunked')}4;\0\r\nbody\r\n0\r\n\r\n`),

  either('no Host', 'GET / HTTP/1.1\r\n\r\n'),
  refused('two that differ of Host', `${first}Host: b.example.org\r\n\r\n`),
  either('two of Host that are the same', `${first}Host: ${host}\r\n\r\n`),
  either('Host with a space', `GET / HTTP/1.1\r\nHost: ${host} b.example.org\r\n\r\n`),
  either('Host with a slash', `GET / HTTP/1.1\r\nHost: ${host}/x\r\n\r\n`),
  either('absolute form of another host', `GET http://b.example.org/ HTTP/1.1\r\nHost: ${host}\r\n\r\n`),
  either('absolute form where Host is another', `GET http://${host}/ HTTP/1.1\r\nHost: b.example.org\r\n\r\n`),

  either('HTTP/2.0 in the line', `GET / HTTP/2.0\r\nHost: ${host}\r\n\r\n`),
  refused('HTTP/1.x in the line', `GET / HTTP/1.x\r\nHost: ${host}\r\n\r\n`),
  either('a line without a version', `GET /\r\nHost: ${host}\r\n\r\n`),
  refused('a method with what no token has', `G(T / HTTP/1.1\r\nHost: ${host}\r\n\r\n`),
  refused('a path with a control character', `GET /\x01 HTTP/1.1\r\nHost: ${host}\r\n\r\n`),
  refused('a path of 100,000 bytes', `GET /${'x'.repeat(100_000)} HTTP/1.1\r\nHost: ${host}\r\n\r\n`),
  refused('a header of 100,000 bytes', send(`X-A: ${'x'.repeat(100_000)}`)),
  refused('a thousand headers', send(...Array.from({ length: 1_000 }, (_, at) => `X-${at}: 1`))),
]
