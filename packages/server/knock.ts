import type { Server } from './server.ts'

// perl-base is part of every Debian; nothing else there opens a connection without being installed first.
const program = `use IO::Socket::INET; for (@ARGV) { my $s = IO::Socket::INET->new(PeerAddr => $_, Proto => 'tcp', Timeout => 4); print(($s ? 'open' : 'closed'), " $_\\n") }`

/** Which of `ADDRESS:PORT` nobody answers at, asked from the server; undefined where that cannot be asked. */
export async function knockFrom(
  server: Server,
  doors: readonly string[],
  signal: AbortSignal,
): Promise<readonly string[] | undefined> {
  if (doors.length === 0) return []
  const { status, stdout } = await server.run(['perl', '-e', program, ...doors], { signal, timeoutMs: 120_000 })
  if (status !== 0) return undefined
  const open = new Set(stdout.split('\n'))
  return doors.filter((door) => !open.has(`open ${door}`))
}
