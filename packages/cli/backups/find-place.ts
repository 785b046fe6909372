import { existsSync, statSync } from 'node:fs'
import { basename, dirname, posix, resolve } from 'node:path'
import { openFolder, openS3 } from '@atoll/backup'
import type { Place } from '@atoll/backup'
import type { Cli } from '../cli.ts'
import { UsageError } from '../errors.ts'
import { readS3Settings } from './s3-settings.ts'

interface Found extends AsyncDisposable {
  readonly place: Place
  /** Absent: each file has a name of its own there. */
  readonly file?: string
}

/** Where `--to` leads: a folder that is there, or is written with a slash at its end, else a file; elsewhere always a folder. */
export const findPlace = async (cli: Cli, to: string): Promise<Found> => {
  if (hasScheme(to)) return openElsewhere(cli, to)
  const path = resolve(cli.config.workingDir, to)
  if (to.endsWith('/') || (existsSync(path) && statSync(path).isDirectory()))
    return { place: openFolder(path), ...nothing }
  return { place: openFolder(dirname(path)), file: basename(path), ...nothing }
}

/** A file that is read. */
export const findFile = async (cli: Cli, from: string): Promise<Found & { readonly file: string }> => {
  if (hasScheme(from)) {
    const found = await openElsewhere(cli, posix.dirname(from))
    return { ...found, file: posix.basename(from) }
  }
  const path = resolve(cli.config.workingDir, from)
  return { place: openFolder(dirname(path)), file: basename(path), ...nothing }
}

const nothing: AsyncDisposable = { [Symbol.asyncDispose]: () => Promise.resolve() }

const hasScheme = (text: string): boolean => /^\w+:\/\//.test(text)

const openElsewhere = async (cli: Cli, url: string): Promise<Found> =>
  url.startsWith('s3://') ? { place: openS3(readS3Settings(cli.config, url)), ...nothing } : openServer(cli, url)

const openServer = async (cli: Cli, url: string): Promise<Found> => {
  const [, destination, port, path] = /^ssh:\/\/((?:[\w.-]+@)?[\w.-]+)(?::(\d+))?(\/.*)$/.exec(url) ?? []
  if (destination === undefined || path === undefined || destination.startsWith('-')) throw noPlace(url)
  const { openSshPlace } = await import('./open-ssh-place.ts')
  const login = { destination, isAlone: !cli.stdin.isTerminal, isAnyUser: true }
  const server = await cli.openServer({ ...login, ...(port === undefined ? {} : { port: Number(port) }) })
  return {
    place: openSshPlace(server, { path, name: url }),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}

const noPlace = (url: string): UsageError =>
  new UsageError(
    `${url} is no place for backups`,
    'say a file, a folder, ssh://USER@HOST/FOLDER, or s3://BUCKET/PREFIX',
  )
