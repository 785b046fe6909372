import type { LabProgress } from './progress.ts'

/** Where labs live and where built images are kept. */
export interface LabConfig {
  readonly home: string
  readonly cache: string
}

type Environment = Readonly<Record<string, string | undefined>>

/** Reads ATOLL_LAB_HOME and ATOLL_LAB_CACHE. */
export const readLabConfig = (environment: Environment): LabConfig => ({
  home: stripSlash(environment['ATOLL_LAB_HOME'] ?? '/var/lib/atoll-lab'),
  cache: stripSlash(environment['ATOLL_LAB_CACHE'] ?? '/var/cache/atoll-lab'),
})

/** Reads ATOLL_TEST_LAB: its value ends the names of test labs, for people who test at the same time on one machine. */
export const readTestSuffix = (environment: Environment): string => environment['ATOLL_TEST_LAB'] ?? ''

const stripSlash = (path: string): string => path.replace(/\/+$/, '')

/** What every verb needs besides its lab. */
export interface LabContext extends LabConfig {
  readonly signal: AbortSignal
  readonly onProgress: (progress: LabProgress) => void
}
