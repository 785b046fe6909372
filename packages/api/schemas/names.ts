import { z } from 'zod'

/** Compose project name. */
export const appName = z
  .string()
  .max(100)
  .regex(/^[a-z0-9][a-z0-9_-]*$/)
export const environmentName = z
  .string()
  .max(100)
  .regex(/^[a-z0-9][a-z0-9-]*$/)
export const personName = z
  .string()
  .max(60)
  .regex(/^[a-z0-9][a-z0-9-]*$/)
/** A person's team; like an app, as both stand behind a role. */
export const teamName = z
  .string()
  .max(60)
  .regex(/^[a-z0-9][a-z0-9-]*$/)
export const serviceName = z
  .string()
  .max(200)
  .regex(/^[a-zA-Z0-9._-]+$/)
/** What `openClient` and people are given to name one of many; never secret. */
export const identifier = z
  .string()
  .max(300)
  .regex(/^[A-Za-z0-9._-]+$/)

export const environmentParams = z.object({ app: appName, environment: environmentName })

/** A number in a path or a query; it comes as text. */
export const wholeNumber = z.coerce.number<number>().int().nonnegative()

/** A page of a list that grows: `after` is the `next` of the page before. */
export const pageQuery = z.object({
  limit: z.coerce.number<number>().int().min(1).max(200).exactOptional(),
  after: identifier.exactOptional(),
})

/** `next` is absent on the last page. */
export const pageOf = <Item extends z.ZodType>(item: Item) =>
  z.object({ items: z.array(item), next: identifier.exactOptional() })
