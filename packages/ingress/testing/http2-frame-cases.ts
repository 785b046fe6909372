import { flags, frame, pack, preface, settings, types, words } from './frames.ts'
import { get, post, endHeaders, endStream, headers, data, big, spoils, answers, breaks, host } from './http2-case.ts'
import type { Case } from './http2-case.ts'

/** For tests: what frames may be, and what not. */
export const frameCases: readonly Case[] = [
  answers('a request', headers(1, get)),
  answers('a request with a body', headers(1, post, endHeaders), data(1, 'body')),
  answers('trailers', headers(1, post, endHeaders), data(1, 'body', 0), headers(1, [['x-end', '1']])),
  answers(
    'a header in three frames',
    headers(1, get, endStream),
    frame(types.continuation, { stream: 1, payload: pack([['x-a', '1']]) }),
    frame(types.continuation, { stream: 1, flags: endHeaders, payload: pack([['x-b', '1']]) }),
  ),
  answers('a frame of a type nobody knows', frame(0x42, { payload: Buffer.from('x') }), headers(1, get)),
  answers('a setting nobody knows', settings([0x42, 7]), headers(1, get)),
  answers('a window of one byte', settings([4, 1]), headers(1, get)),
  answers(
    'a window of none that is opened',
    settings([4, 0]),
    headers(1, get),
    frame(types.window, { stream: 1, payload: words(9) }),
  ),
  answers('a PING', frame(types.ping, { payload: Buffer.alloc(8) }), headers(1, get)),
  answers(
    'a PRIORITY',
    frame(types.priority, { stream: 3, payload: Buffer.concat([words(0), Buffer.from([1])]) }),
    headers(1, get),
  ),
  answers('a table of no bytes', settings([1, 0]), headers(1, get)),

  { name: 'no preface', rule: 'connection error', isBare: true, streams: [], bytes: [settings(), headers(1, get)] },
  {
    name: 'a preface that is wrong',
    rule: 'connection error',
    isBare: true,
    streams: [],
    bytes: [Buffer.from('PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n'), settings()],
  },
  {
    name: 'no settings after the preface',
    rule: 'connection error',
    isBare: true,
    streams: [],
    bytes: [preface, headers(1, get)],
  },
  {
    name: 'HTTP/1.1 where HTTP/2 was agreed',
    rule: 'connection error',
    isBare: true,
    streams: [],
    bytes: [Buffer.from(`GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`)],
  },
  breaks('ENABLE_PUSH of 2', settings([2, 2])),
  breaks('a window of 2^31', settings([4, 0x8000_0000])),
  breaks('frames of 100 bytes', settings([5, 100])),
  breaks('frames of 2^24', settings([5, 0x100_0000])),
  breaks('settings of five bytes', frame(types.settings, { payload: Buffer.alloc(5) })),
  breaks('settings of a stream', frame(types.settings, { stream: 1 })),
  breaks(
    'an acknowledgement that says something',
    frame(types.settings, { flags: flags.ack, payload: Buffer.alloc(6) }),
  ),
  breaks('a PING of six bytes', frame(types.ping, { payload: Buffer.alloc(6) })),
  breaks('a PING of a stream', frame(types.ping, { stream: 1, payload: Buffer.alloc(8) })),
  breaks('a GOAWAY of a stream', frame(types.goaway, { stream: 1, payload: words(0, 0) })),
  breaks('a push', frame(types.push, { stream: 1, flags: endHeaders, payload: words(2) })),
  breaks(
    'a frame of 16,385 bytes',
    headers(1, post, endHeaders),
    frame(types.data, { stream: 1, payload: Buffer.alloc(16_385) }),
  ),

  breaks('a header on stream 0', headers(0, get)),
  breaks('a stream with an even number', headers(2, get)),
  breaks('a stream with a lower number', headers(5, get), headers(3, get)),
  breaks('a stream that is used again', headers(1, get), headers(1, get)),
  breaks('data on stream 0', data(0, 'x')),
  breaks('data of a stream that is idle', data(1, 'x')),
  breaks('a RST of a stream that is idle', frame(types.reset, { stream: 1, payload: words(8) })),
  breaks('a RST on stream 0', frame(types.reset, { payload: words(8) })),
  breaks(
    'a RST of three bytes',
    headers(1, post, endHeaders),
    frame(types.reset, { stream: 1, payload: Buffer.alloc(3) }),
  ),
  breaks('WINDOW_UPDATE of a stream that is idle', frame(types.window, { stream: 1, payload: words(1) })),
  breaks('WINDOW_UPDATE of 0 of the connection', frame(types.window, { payload: words(0) })),
  spoils(
    'WINDOW_UPDATE of 0 of a stream',
    headers(1, post, endHeaders),
    frame(types.window, { stream: 1, payload: words(0) }),
  ),
  breaks('WINDOW_UPDATE beyond 2^31 of the connection', frame(types.window, { payload: words(0x7fff_ffff) })),
  spoils(
    'WINDOW_UPDATE beyond 2^31 of a stream',
    headers(1, post, endHeaders),
    frame(types.window, { stream: 1, payload: words(0x7fff_ffff) }),
  ),
  breaks('WINDOW_UPDATE of three bytes', frame(types.window, { payload: Buffer.alloc(3) })),
  spoils(
    'a PRIORITY on itself',
    headers(1, post, endHeaders),
    frame(types.priority, { stream: 1, payload: Buffer.concat([words(1), Buffer.from([1])]) }),
  ),
  spoils(
    'a PRIORITY of four bytes',
    headers(1, post, endHeaders),
    frame(types.priority, { stream: 1, payload: words(0) }),
  ),
  breaks('a PRIORITY on stream 0', frame(types.priority, { payload: Buffer.concat([words(3), Buffer.from([1])]) })),

  breaks('a header without its end', headers(1, get, endStream)),
  breaks(
    'another frame amid a header',
    headers(1, get, endStream),
    data(1, 'x'),
    frame(types.continuation, { stream: 1, flags: endHeaders }),
  ),
  breaks(
    'CONTINUATION of another stream',
    headers(1, get, endStream),
    frame(types.continuation, { stream: 3, flags: endHeaders }),
  ),
  breaks('CONTINUATION of nothing', frame(types.continuation, { stream: 1, flags: endHeaders, payload: pack(get) })),
  breaks(
    'CONTINUATION after the end of a header',
    headers(1, post, endHeaders),
    frame(types.continuation, { stream: 1, flags: endHeaders }),
  ),
  {
    name: 'CONTINUATION without end',
    rule: 'any',
    bytes: [
      headers(1, get, endStream),
      ...Array.from({ length: 200 }, () => frame(types.continuation, { stream: 1, payload: pack([['x-a', big]]) })),
    ],
    streams: [],
  },
  breaks(
    'more padding than there is',
    headers(1, Buffer.concat([Buffer.from([255]), pack(get)]), endHeaders | endStream | flags.padded),
  ),
]
