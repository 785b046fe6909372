import type { Desired } from '@atoll/plan'
import type { Release } from '../records.ts'
import { listKeptFiles } from './kept-files.ts'

/** A release as the engine is to be, with the files of those one can go back to. `releases` stand newest first. */
export const desire = (
  { app, number, jobsOf }: Pick<Release, 'app' | 'number' | 'jobsOf'>,
  releases: readonly Release[],
  current: number | undefined,
): Desired => ({
  app,
  release: number,
  keep: listKeptFiles(releases, current),
  ...(jobsOf === undefined ? {} : { jobsOf }),
})
