import { setTimeout as delay } from 'node:timers/promises'
import { knockFrom } from './knock.ts'
import type { Server } from './server.ts'

// As in knock.ts. A knock from the server itself ends it, and so does its time: whoever began it may be gone.
const program = `use IO::Socket::INET; alarm 300; my $l = IO::Socket::INET->new(LocalPort => shift, Listen => 64, ReuseAddr => 1) or exit 1; $| = 1; print "open\\n"; while (my $s = $l->accept) { last if $s->peerhost eq '127.0.0.1' }`

const endMs = 20_000

/**
 * Answers at a TCP port of the server until it is disposed, so that others can be asked whether they reach it. Where somebody
 * listens already, that is who answers.
 */
export async function holdDoor(server: Server, port: number, signal: AbortSignal): Promise<AsyncDisposable> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const stopping = new AbortController()
  const ending = AbortSignal.any([signal, stopping.signal])
  const held = server
    .run(['perl', '-e', program, String(port)], { signal: ending, timeoutMs: 330_000, onLine: () => resolve() })
    .catch(() => undefined)
  await Promise.race([promise, held])
  return {
    [Symbol.asyncDispose]: async () => {
      // Also when we have been told to stop: an engine that becomes a manager needs the port.
      await knockFrom(server, [`127.0.0.1:${port}`], AbortSignal.timeout(endMs))
      await Promise.race([held, delay(endMs, undefined, { ref: false })])
      stopping.abort()
    },
  }
}
