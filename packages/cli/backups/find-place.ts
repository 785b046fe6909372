import { existsSync, statSync } from 'node:fs'
import { basename, dirname, resolve } from 'node:path'
import { openFolder } from '@atoll/backup'
import type { Place } from '@atoll/backup'
import type { Cli } from '../cli.ts'

interface Found {
  readonly place: Place
  /** Absent: each file has a name of its own there. */
  readonly file?: string
}

/** Where `--to` leads: a folder that is there, or is written with a slash at its end, else a file. */
export const findPlace = ({ config }: Cli, to: string): Found => {
  const path = resolve(config.workingDir, to)
  if (to.endsWith('/') || (existsSync(path) && statSync(path).isDirectory())) return { place: openFolder(path) }
  return { place: openFolder(dirname(path)), file: basename(path) }
}

/** A file that is read. */
export const findFile = (cli: Cli, from: string): Required<Found> => {
  const path = resolve(cli.config.workingDir, from)
  return { place: openFolder(dirname(path)), file: basename(path) }
}
