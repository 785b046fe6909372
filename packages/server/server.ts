/** A Linux server on which programs are run as root: by ssh, or the one we are on. Close it when done with it. */
export interface Server extends AsyncDisposable {
  /** As people call it: `root@203.0.113.7`, or `this server`. */
  readonly name: string
  /**
   * Runs a program by its argv and gives what it said, whatever its status. Throws ServerError `unreachable` when the way to the
   * server broke, `timed-out`, or the signal's reason.
   */
  run(argv: readonly string[], options?: RunOptions): Promise<Ran>
  /** Path of a socket on this machine that leads to the one of that path there, until the server is closed. */
  openSocket(path: string): Promise<string>
}

export interface RunOptions {
  /** What the program reads; nothing when absent. */
  readonly input?: string | Uint8Array
  /** One minute when absent. The program is ended with it where that can be done. */
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
  /** Each line of both outputs as it comes, without its end. */
  readonly onLine?: (line: string) => void
}

export interface Ran {
  readonly status: number
  readonly stdout: string
  readonly stderr: string
}
