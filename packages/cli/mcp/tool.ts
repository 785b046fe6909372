import type { Client } from '@atoll/api'
import type { z } from 'zod'

/** Something an assistant may ask of a cluster. */
export interface Tool {
  readonly name: string
  readonly description: string
  readonly input: z.ZodObject
  /** Whoever runs the assistant should confirm it first. */
  readonly isChange: boolean
  /** What a list that is too long loses first. */
  readonly cuts: 'first' | 'last'
  /** Gives the reply as data. Throws what the API refuses. */
  readonly run: (client: Client, input: ToolInput, signal: AbortSignal) => Promise<unknown>
}

/** As the tool's schema parsed it. */
export type ToolInput = Readonly<Record<string, unknown>>
