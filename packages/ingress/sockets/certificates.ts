import { IngressError } from '../errors.ts'
import { askWorker } from './ask-worker.ts'
import type { Worker } from './ask-worker.ts'

/**
 * Gives a worker other certificates in the place of those it has, without a reload: connections that are open stay, new ones
 * get the new. By path relative to the configuration, PEM with the key. Throws IngressError `command-failed` with what
 * HAProxy says; what it was given before that stays.
 */
export const applyCertificates = async (
  worker: Worker,
  changed: ReadonlyMap<string, string>,
  signal?: AbortSignal,
): Promise<void> => {
  if (changed.size === 0) return
  const names = parseNames(await askWorker(worker, 'show ssl cert', signal))
  for (const [path, pem] of changed) {
    const name = names.find((each) => each.endsWith(path))
    if (name === undefined) throw complain(path, 'it has no such certificate')
    await replace(worker, { name, pem }, signal)
  }
}

/** As `show ssl cert` lists them: the paths they were read from; what is not committed yet begins with a `*`. */
const parseNames = (reply: string): readonly string[] =>
  reply.split('\n').filter((line) => line !== '' && !line.startsWith('#') && !line.startsWith('*'))

interface Certificate {
  readonly name: string
  readonly pem: string
}

const replace = async (worker: Worker, { name, pem }: Certificate, signal?: AbortSignal): Promise<void> => {
  const said = await askWorker(worker, renderSet(name, pem), signal)
  // Of a text that is no certificate nothing is begun.
  if (!/^Transaction (?:created|updated) /m.test(said)) throw complain(name, said)
  const done = await askWorker(worker, `commit ssl cert ${name}`, signal)
  if (/^Success!/m.test(done)) return
  await askWorker(worker, `abort ssl cert ${name}`, signal)
  throw complain(name, done)
}

/** An empty line ends what is given. */
const renderSet = (name: string, pem: string): string =>
  `set ssl cert ${name} <<\n${pem.replaceAll(/\n\s*\n/g, '\n').trim()}\n`

const complain = (name: string, said: string): IngressError =>
  new IngressError(`change the certificate ${name} of HAProxy: ${said.trim().replaceAll('\n', ' ')}`, {
    code: 'command-failed',
    retry: true,
  })
