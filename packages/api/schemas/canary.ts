import { z } from 'zod'

/** Which part of the requests a canary gets, and how long it is measured. */
export const canaryRequest = z.strictObject({
  share: z
    .number()
    .min(0.001)
    .max(0.9)
    .meta({ description: 'of the requests: 0.1 is a tenth', examples: [0.1] }),
  forMs: z.int().min(10_000).max(86_400_000).meta({ description: 'how long it is measured, in milliseconds' }),
})

const plan = {
  base: z.number(),
  share: z.number(),
  forMs: z.number(),
  services: z.array(z.object({ service: z.string(), canary: z.string() })),
}

/** What a release that is a canary says of itself. */
export const canaryPlan = z.object(plan)

export const serviceAnswers = {
  answered: z.number(),
  errors: z.number(),
  failed: z.number(),
  totalMs: z.number(),
}

const figures = z.object({
  old: z.object(serviceAnswers),
  new: z.object(serviceAnswers),
  uncounted: z.array(z.string()),
})

const verdict = {
  kind: z.enum(['promote', 'abort']),
  rule: z.enum(['errors', 'latency', 'too-few', 'as-good', 'asked', 'failed']),
  because: z.string(),
}

/** Of the deployment that ended a canary. */
export const canaryReceipt = z.object({
  ...verdict,
  release: z.number(),
  share: z.number(),
  figures: figures.exactOptional(),
})

export const canaryStatus = z.object({
  ...plan,
  release: z.number(),
  startedAtMs: z.number(),
  untilMs: z.number(),
  figures: figures.exactOptional(),
  measuredAtMs: z.number().exactOptional(),
  verdict: z.object(verdict).exactOptional(),
  isMeasuring: z.boolean(),
})
