import { spawn } from 'node:child_process'
import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import { Duplex } from 'node:stream'

const maxErrorBytes = 2_000

/**
 * A byte stream to the engine of another host: `ssh HOST docker system dial-stdio` joins its standard input and output
 * to the engine's socket there. Fails with what ssh printed when it ends badly.
 */
export const openSshStream = (target: { readonly destination: string; readonly port?: number }): Duplex => {
  const port = target.port === undefined ? [] : ['-p', String(target.port)]
  const argv = ['-o', 'ConnectTimeout=20', '-o', 'BatchMode=yes', ...port, '-T', '--', target.destination]
  return new ProcessStream(spawn('ssh', [...argv, 'docker', 'system', 'dial-stdio'], { stdio: 'pipe' }))
}

/** Owns the process. Has the methods of a socket that node's HTTP agent calls; they have no meaning on a pipe. */
class ProcessStream extends Duplex {
  readonly #process: ChildProcessWithoutNullStreams
  #errors = ''

  constructor(process: ChildProcessWithoutNullStreams) {
    super()
    this.#process = process
    process.stdout.on('data', (chunk: Buffer) => {
      if (!this.push(chunk)) process.stdout.pause()
    })
    process.stderr.on('data', (chunk: Buffer) => {
      this.#errors = (this.#errors + chunk.toString()).slice(-maxErrorBytes)
    })
    process.stdin.on('error', (error) => {
      if (!isBrokenPipe(error)) this.destroy(error)
    })
    process.on('error', (error) => this.destroy(error))
    process.on('close', (status) => {
      if (status === 0) this.push(null)
      else this.destroy(new Error(`ssh ended with status ${status}: ${this.#errors.trim()}`))
    })
  }

  override _read(): void {
    this.#process.stdout.resume()
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#process.stdin.write(chunk, (error) => done(isBrokenPipe(error) ? null : error))
  }

  override _final(done: () => void): void {
    this.#process.stdin.end(done)
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#process.kill()
    done(error)
  }

  setTimeout(): this {
    return this
  }

  setNoDelay(): this {
    return this
  }

  setKeepAlive(): this {
    return this
  }

  ref(): this {
    this.#process.ref()
    return this
  }

  unref(): this {
    this.#process.unref()
    return this
  }
}

/** What ended tells why when it closes. */
const isBrokenPipe = (error: Error | null | undefined): boolean =>
  error instanceof Error && 'code' in error && error.code === 'EPIPE'
