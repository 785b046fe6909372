import { flags, frame, pack, types } from './frames.ts'
import type { Field } from './frames.ts'

export const host = 'a.example.org'

export const get: readonly Field[] = [
  [':method', 'GET'],
  [':scheme', 'https'],
  [':authority', host],
  [':path', '/'],
]
export const post: readonly Field[] = get.map(([name, value]) => [name, name === ':method' ? 'POST' : value])
export const { endHeaders, endStream } = flags

export const headers = (
  stream: number,
  fields: readonly Field[] | Buffer,
  bits: number = endHeaders | endStream,
): Buffer => frame(types.headers, { stream, flags: bits, payload: Buffer.isBuffer(fields) ? fields : pack(fields) })
export const data = (stream: number, text: string, bits: number = endStream): Buffer =>
  frame(types.data, { stream, flags: bits, payload: Buffer.from(text) })
export const withField = (...more: readonly Field[]): readonly Field[] => [...get, ...more]
export const without = (name: string): readonly Field[] => get.filter(([each]) => each !== name)

/** RFC 9113, 5.4.1 and 5.4.2; `any`: it leaves the choice, or a number of HAProxy's decides. */
export type Rule = 'answered' | 'connection error' | 'stream error' | 'any'

export interface Case {
  readonly name: string
  readonly rule: Rule
  readonly bytes: readonly Buffer[]
  readonly streams?: readonly number[]
  readonly isBare?: boolean
}

export const big = 'x'.repeat(4_000)

export const breaks = (name: string, ...bytes: readonly Buffer[]): Case => ({
  name,
  rule: 'connection error',
  bytes,
  streams: [],
})
export const spoils = (name: string, ...bytes: readonly Buffer[]): Case => ({ name, rule: 'stream error', bytes })
export const answers = (name: string, ...bytes: readonly Buffer[]): Case => ({ name, rule: 'answered', bytes })
