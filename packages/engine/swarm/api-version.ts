import { EngineError } from '../errors.ts'
import type { VersionReply } from './replies.ts'

/** What an engine is and which API is spoken with it. */
export interface EngineVersion {
  readonly engine: string
  /** `1.41`. */
  readonly api: string
}

/** Docker 20.10: the first with jobs. */
export const oldestApi = '1.41'
/** The newest whose replies this code was written against. */
export const newestApi = '1.51'

/** Newest version both sides know; an engine that has dropped all of ours is spoken to in its oldest. */
export const negotiateVersion = (reply: VersionReply, endpoint: string): EngineVersion => {
  if (compareVersions(reply.ApiVersion, oldestApi) < 0)
    throw new EngineError(
      'refused',
      `speak to the engine on ${endpoint}: it is Docker ${reply.Version} with API ${reply.ApiVersion}, Atoll needs ${oldestApi}; install Docker 20.10 or newer`,
    )
  const common = compareVersions(reply.ApiVersion, newestApi) < 0 ? reply.ApiVersion : newestApi
  const oldest = reply.MinAPIVersion ?? common
  return { engine: reply.Version, api: compareVersions(common, oldest) < 0 ? oldest : common }
}

/** Negative when `a` is older; compares dotted numbers, what follows them counts for nothing. */
export const compareVersions = (a: string, b: string): number => {
  const [left, right] = [parseNumbers(a), parseNumbers(b)]
  for (let index = 0; index < Math.max(left.length, right.length); index++) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}

const parseNumbers = (version: string): readonly number[] =>
  (/^v?(\d+(?:\.\d+)*)/.exec(version)?.[1] ?? '0').split('.').map(Number)
