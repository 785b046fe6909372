import { z } from 'zod'

/** Compose project name. */
export const appName = z
  .string()
  .max(100)
  .regex(/^[a-z0-9][a-z0-9_-]*$/)
  .meta({ description: 'name of an app, as its compose file has it', examples: ['shop'] })
export const environmentName = z
  .string()
  .max(100)
  .regex(/^[a-z0-9][a-z0-9-]*$/)
  .meta({ description: 'environment of an app', examples: ['production'] })
export const personName = z
  .string()
  .max(60)
  .regex(/^[a-z0-9][a-z0-9-]*$/)
  .meta({ description: 'name of a person', examples: ['anna'] })
/** A person's team; like an app, as both stand behind a role. */
export const teamName = z
  .string()
  .max(60)
  .regex(/^[a-z0-9][a-z0-9-]*$/)
export const serviceName = z
  .string()
  .max(200)
  .regex(/^[a-zA-Z0-9._-]+$/)
  .meta({ description: 'service of a compose file', examples: ['web'] })
export const serviceNames = z
  .string()
  .max(4_000)
  .regex(/^[a-zA-Z0-9._-]+(,[a-zA-Z0-9._-]+)*$/)
/** What `openClient` and people are given to name one of many; never secret. */
export const identifier = z
  .string()
  .max(300)
  .regex(/^[A-Za-z0-9._-]+$/)
  .meta({ examples: ['9f2c41'] })

export const environmentParams = z.object({ app: appName, environment: environmentName })

/** A number in a path or a query; it comes as text. */
export const wholeNumber = z.coerce.number<number>().int().nonnegative()

/** A page of a list that grows: `after` is the `next` of the page before. */
export const pageQuery = z.object({
  limit: z.coerce
    .number<number>()
    .int()
    .min(1)
    .max(200)
    .meta({ description: 'how many items at most' })
    .exactOptional(),
  after: identifier.meta({ description: '`next` of the page before', examples: ['7'] }).exactOptional(),
})

/** `next` is absent on the last page. */
export const pageOf = <Item extends z.ZodType>(item: Item) =>
  z.object({ items: z.array(item), next: identifier.exactOptional() })
