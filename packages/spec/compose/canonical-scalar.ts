import type { Node, Scalar, ScalarValue } from './node.ts'
import type { Parsed } from './parsed.ts'
import { renderQuoted } from './parsed.ts'
import type { BytesShape, NumberShape, ScalarShape, TextShape } from './shape.ts'
import { parseByteSize, parseDurationMs, renderByteSize, renderDuration } from './units.ts'

/** `hint` says what to write instead. */
export type CanonicalScalar =
  | { readonly kind: 'ok'; readonly value: ScalarValue }
  | { readonly kind: 'error'; readonly message: string; readonly hint?: string }

/**
 * The value of a scalar in canonical form: sizes in bytes, durations as `1m30s`, numbers and booleans also where the
 * file holds them as text, which is how variables arrive.
 */
export const parseScalar = (node: Scalar, shape: ScalarShape): CanonicalScalar => {
  switch (shape.kind) {
    case 'text':
      return parseText(node, shape)
    case 'flag':
      return parseFlag(node)
    case 'number':
      return parseNumber(node, shape)
    case 'bytes':
      return parseBytes(node, shape)
    case 'duration':
      return typeof node.value === 'string'
        ? rendered(parseDurationMs(node.value), renderDuration)
        : mustBe(node, 'a duration', 'write for example "30s"')
    case 'file-mode':
      return parseFileMode(node)
  }
}

const ok = (value: ScalarValue): CanonicalScalar => ({ kind: 'ok', value })

const mustBe = (node: Node, what: string, hint?: string): CanonicalScalar => ({
  kind: 'error',
  message: `must be ${what}, not ${describe(node)}`,
  ...(hint !== undefined && { hint }),
})

/** What a person sees in the file: `a list`, `the number 3`. */
export const describe = (node: Node): string => {
  if (node.kind !== 'scalar') return node.kind === 'sequence' ? 'a list' : 'a mapping'
  if (node.value === null) return 'empty'
  return typeof node.value === 'string' ? renderQuoted(node.value) : `the ${typeof node.value} ${node.text}`
}

const rendered = <T>(parsed: Parsed<T>, render: (value: T) => string): CanonicalScalar =>
  parsed.kind === 'ok' ? ok(render(parsed.value)) : parsed

const parseText = (node: Scalar, { oneOf, pattern, takesNumbers, takesAny }: TextShape): CanonicalScalar => {
  const isTaken =
    typeof node.value === 'string' ||
    (takesAny && node.value !== null) ||
    (takesNumbers && typeof node.value === 'number')
  if (!isTaken) {
    return mustBe(node, takesNumbers ? 'text or a number' : 'text', node.text && `write "${node.text}" in quotes`)
  }
  if (oneOf !== undefined && !oneOf.includes(node.text)) return mustBe(node, `one of ${oneOf.join(', ')}`)
  if (pattern !== undefined && !pattern.test(node.text)) return mustBe(node, `like ${pattern.source}`)
  return ok(node.text)
}

const BOOLEANS: Readonly<Record<string, boolean>> = {
  true: true,
  y: true,
  yes: true,
  on: true,
  '1': true,
  false: false,
  n: false,
  no: false,
  off: false,
  '0': false,
}

const parseFlag = (node: Scalar): CanonicalScalar => {
  const value = typeof node.value === 'string' ? BOOLEANS[node.value.toLowerCase()] : node.value
  return typeof value === 'boolean' ? ok(value) : mustBe(node, 'true or false')
}

const parseNumber = (node: Scalar, shape: NumberShape): CanonicalScalar => {
  const value = shape.words?.[node.text] ?? numberOf(node)
  const isRight =
    value !== undefined &&
    (shape.isWhole ? Number.isInteger(value) : Number.isFinite(value)) &&
    value >= (shape.minimum ?? -Infinity) &&
    value <= (shape.maximum ?? Infinity)
  if (!isRight) return mustBe(node, expectation(shape))
  return ok(shape.isText ? String(value) : shape.isSingle ? toSingle(value) : value)
}

const expectation = ({ isWhole, minimum, maximum, words }: NumberShape): string => {
  const limits = [minimum === undefined ? '' : ` from ${minimum}`, maximum === undefined ? '' : ` to ${maximum}`]
  const alternatives = Object.keys(words ?? {}).map((word) => ` or ${word}`)
  return [isWhole ? 'a whole number' : 'a number', ...limits, ...alternatives].join('')
}

const numberOf = (node: Scalar): number | undefined => {
  if (typeof node.value === 'number') return node.value
  return typeof node.value === 'string' && /^[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?$/.test(node.value)
    ? Number(node.value)
    : undefined
}

/** The shortest number that is the same in 32 bits. */
const toSingle = (value: number): number => {
  const single = Math.fround(value)
  for (let digits = 1; digits < 9; digits++) {
    const short = Number(single.toPrecision(digits))
    if (Math.fround(short) === single) return short
  }
  return single
}

const parseBytes = (node: Scalar, { isTextOnly, minimum = -Infinity }: BytesShape): CanonicalScalar => {
  const { value } = node
  if (typeof value === 'string')
    return /^-\d+$/.test(value) ? ok(value) : rendered(parseByteSize(value), renderByteSize)
  const isRight = typeof value === 'number' && !isTextOnly && Number.isInteger(value) && value >= minimum
  return isRight ? ok(renderByteSize(value)) : mustBe(node, 'a size', 'write for example "512m"')
}

const parseFileMode = (node: Scalar): CanonicalScalar => {
  if (typeof node.value === 'number') return ok(`0${node.value.toString(8)}`)
  if (typeof node.value === 'string' && /^(?:0o?)?[0-7]{1,5}$/.test(node.value)) {
    return ok(`0${Number.parseInt(node.value.replace(/^0o/, ''), 8).toString(8)}`)
  }
  return mustBe(node, 'a file mode', 'write for example "0440"')
}
