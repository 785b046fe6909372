import { pack, packRemembered } from './frames.ts'
import { get, post, endHeaders, headers, data, withField, without, big, spoils, breaks } from './http2-case.ts'
import type { Case } from './http2-case.ts'

/** For tests: what headers may be, and what not. */
export const headerCases: readonly Case[] = [
  breaks('an index that is not there', headers(1, Buffer.from([0xff, 0x80, 0x01]))),
  breaks('index 0', headers(1, Buffer.from([0x80]))),
  breaks('a text longer than its block', headers(1, Buffer.from([0x00, 0x7e, 0x61]))),
  breaks('a number without end', headers(1, Buffer.from([0xff, ...Array.from({ length: 20 }, () => 0xff)]))),
  breaks(
    'a table of more than was agreed',
    headers(1, Buffer.concat([Buffer.from([0x3f, 0xe1, 0xff, 0x03]), pack(get)])),
  ),
  breaks(
    'Huffman that ends wrong',
    headers(1, Buffer.concat([pack(get), Buffer.from([0x00, 0x81, 0x00, 0x01, 0x61])])),
  ),
  {
    name: 'a bomb: one large field, named a thousand times',
    rule: 'any',
    bytes: [headers(1, Buffer.concat([pack(get), packRemembered(['x-bomb', big]), Buffer.alloc(1_000, 0xbe)]))],
    streams: [1],
  },

  spoils('a header in capitals', headers(1, withField(['X-A', '1']))),
  spoils('a header without a name', headers(1, withField(['', '1']))),
  spoils('a header with a space in its name', headers(1, withField(['x a', '1']))),
  spoils('a header with a colon in its name', headers(1, withField(['x:a', '1']))),
  spoils('a line break in a value', headers(1, withField(['x-a', '1\r\nx-b: 2']))),
  spoils('NUL in a value', headers(1, withField(['x-a', '1\0']))),
  spoils('a line break in the path', headers(1, [...without(':path'), [':path', '/\r\nx: y']])),
  spoils('a space in the path', headers(1, [...without(':path'), [':path', '/ HTTP/1.1']])),
  spoils('a space in the method', headers(1, [[':method', 'GET /x'], ...without(':method')])),
  spoils('a pseudo-header nobody knows', headers(1, [...get, [':x', '1']])),
  spoils('a pseudo-header of answers', headers(1, [...get, [':status', '200']])),
  spoils('a pseudo-header after others', headers(1, [...without(':path'), ['x-a', '1'], [':path', '/']])),
  ...[':method', ':scheme', ':path', ':authority'].map((name) =>
    spoils(`two of ${name}`, headers(1, [...get.filter(([each]) => each === name), ...get])),
  ),
  ...[':method', ':scheme', ':path'].map((name) => spoils(`no ${name}`, headers(1, without(name)))),
  spoils('an empty path', headers(1, [...without(':path'), [':path', '']])),
  { name: 'host beside another authority', rule: 'any', bytes: [headers(1, withField(['host', 'b.example.org']))] },
  ...['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade'].map((name) =>
    spoils(`the header ${name}`, headers(1, withField([name, name === 'transfer-encoding' ? 'chunked' : 'x']))),
  ),
  spoils('te that is not trailers', headers(1, withField(['te', 'gzip']))),
  spoils('less than its content-length', headers(1, [...post, ['content-length', '9']], endHeaders), data(1, 'x')),
  spoils('more than its content-length', headers(1, [...post, ['content-length', '1']], endHeaders), data(1, 'four')),
  spoils(
    'two that differ of content-length',
    headers(1, [...post, ['content-length', '1'], ['content-length', '2']], endHeaders),
    data(1, 'x'),
  ),
  spoils(
    'a content-length that is no number',
    headers(1, [...post, ['content-length', '+1']], endHeaders),
    data(1, 'x'),
  ),
  spoils('a pseudo-header in trailers', headers(1, post, endHeaders), data(1, 'x', 0), headers(1, [[':path', '/x']])),
  spoils(
    'trailers that do not end',
    headers(1, post, endHeaders),
    data(1, 'x', 0),
    headers(1, [['x-a', '1']], endHeaders),
  ),
]
