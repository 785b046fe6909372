import { z } from 'zod'
import { warning } from './plan.ts'
import { problem } from './project.ts'

/** What went wrong, as RFC 9457 has it (`application/problem+json`). */
export const failure = z.object({
  /** `about:blank`: `code` tells the kind. */
  type: z.string(),
  title: z.string(),
  status: z.number(),
  detail: z.string(),
  code: z.string(),
  hint: z.string().exactOptional(),
  /** Of `invalid-project`: every problem with file, line and column. */
  problems: z.array(problem).exactOptional(),
  warnings: z.array(warning).exactOptional(),
})
export type Failure = z.infer<typeof failure>
