import { z } from 'zod'

/** What an engine says of the things it keeps, as far as we read it. Older engines write `<none>` where there is no name. */
const names = z
  .array(z.string())
  .nullish()
  .transform((found) => (found ?? []).filter((name) => !name.startsWith('<none>') && !name.endsWith(':<none>')))
const labels = z
  .record(z.string(), z.string())
  .nullish()
  .transform((found) => found ?? {})
const list = <T>(item: z.ZodType<T>) =>
  z
    .array(item)
    .nullish()
    .transform((found) => found ?? [])
/** Seconds since 1970 -> milliseconds. */
const seconds = z.number().transform((value) => value * 1000)
/** -1: it was not counted. */
const counted = z
  .number()
  .nullish()
  .transform((value) => Math.max(0, value ?? 0))

export const imagesReply = list(
  z.object({ Id: z.string(), RepoTags: names, RepoDigests: names, Labels: labels, Created: seconds, Size: counted }),
)

export const storedContainersReply = list(
  z.object({
    Id: z.string(),
    Names: z.array(z.string()).nullish(),
    ImageID: z.string(),
    State: z.string(),
    Created: seconds,
    Labels: labels,
  }),
)

export const buildCacheReply = z.object({ SpaceReclaimed: counted })

export const usageReply = z.object({
  LayersSize: counted,
  Images: list(z.object({ Id: z.string(), Size: counted, SharedSize: counted, Containers: z.number().nullish() })),
  Containers: list(z.object({ State: z.string(), SizeRw: counted })),
  Volumes: list(z.object({ UsageData: z.object({ Size: counted, RefCount: z.number() }).nullish() })),
  BuildCache: list(z.object({ Size: counted, InUse: z.boolean().default(false), Shared: z.boolean().default(false) })),
})
