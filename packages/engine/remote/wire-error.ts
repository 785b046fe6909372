import { z } from 'zod'
import { EngineError } from '../errors.ts'
import type { EngineErrorCode } from '../errors.ts'

/** Status of the answer by code, for whoever looks with curl; the caller reads the body. */
const statuses: Readonly<Record<EngineErrorCode, number>> = {
  invalid: 400,
  refused: 403,
  'not-found': 404,
  conflict: 409,
  'name-taken': 409,
  version: 409,
  unreachable: 502,
  'no-quorum': 503,
  timeout: 504,
}

const codes = Object.keys(statuses) as readonly EngineErrorCode[]

/** `{"error": {...}}`: the body of a failed answer, and the last line of a failed stream. */
export const errorShape = z.object({
  error: z.object({
    code: z.enum(codes).catch('refused'),
    message: z.string(),
    retry: z.boolean(),
  }),
})

export type WireError = z.output<typeof errorShape>

export const renderError = ({ code, message, retry }: EngineError): WireError => ({ error: { code, message, retry } })

export const parseError = (value: unknown): EngineError | undefined => {
  const parsed = errorShape.safeParse(value).data?.error
  return parsed && new EngineError(parsed.code, parsed.message, { retry: parsed.retry })
}

export const statusOf = ({ code }: EngineError): number => statuses[code]

/** Input or a reply of another shape is `invalid`, with the first place that is wrong. */
export const parseShape = <T>(shape: z.ZodType<T>, value: unknown, doing: string): T => {
  const parsed = shape.safeParse(value)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  const where = issue === undefined ? '' : `: ${issue.path.join('.') || 'the whole'}: ${issue.message}`
  throw new EngineError('invalid', `${doing}${where}`)
}
