import { once } from 'node:events'
import { Readable, Writable } from 'node:stream'
import type { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js'
import type { Cli } from '../cli.ts'

/** Of one message. */
const mostBytes = 1024 * 1024

/** Speaks the protocol over standard input and output until the input ends, or the signal comes. */
export const serveStdio = async ({ stdin, stdout, signal }: Cli, server: McpServer): Promise<void> => {
  const input = Readable.from(stdin.chunks({ isRaw: false, signal }), { objectMode: false })
  const output = new Writable({
    write: (chunk: Uint8Array, _encoding, done) => {
      stdout.write(chunk)
      done()
    },
  })
  const ended = once(input, 'end', { signal })
  await server.connect(new StdioServerTransport(input, output, { maxBufferSize: mostBytes }))
  try {
    await ended
  } finally {
    await server.close()
  }
}
