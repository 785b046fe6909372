import { z } from 'zod'
import type { NodeReport } from './ask-peers.ts'

const peerShape = z.object({
  isResolved: z.boolean(),
  tcp: z.boolean(),
  udp: z.boolean(),
  largeTcp: z.boolean(),
  largeUdp: z.boolean(),
  hasHeard: z.boolean(),
  closed: z.array(z.string()),
  skewMs: z.number().exactOptional(),
})

const reportShape = z.object({
  node: z.string(),
  peers: z.record(z.string(), peerShape),
  badChecksums: z.number(),
  isComplete: z.boolean(),
})

/** A line that a task of the proof has said; undefined of another. */
export function parseReport(line: string): NodeReport | undefined {
  try {
    return reportShape.safeParse(JSON.parse(line)).data
  } catch {
    return undefined
  }
}
