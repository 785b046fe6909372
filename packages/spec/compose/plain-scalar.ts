import type { ScalarValue } from './node.ts'

/** A YAML scalar and its text as compose-go prints it. */
export interface PlainScalar {
  readonly value: ScalarValue
  readonly text: string
}

const NULL = /^(?:~|null|Null|NULL|)$/
const TRUE = /^(?:true|True|TRUE)$/
const FALSE = /^(?:false|False|FALSE)$/
const DECIMAL = /^([-+]?)(0|[1-9][0-9_]*)$/
const BASED = /^([-+]?)0(?:(b)([01_]+)|(x)([0-9a-fA-F_]+)|(o)([0-7_]+)|([0-7_]+))$/
const FLOAT = /^[-+]?(?:\.[0-9]+|[0-9][0-9_]*(?:\.[0-9_]*)?)(?:[eE][-+]?[0-9]+)?$/

/**
 * What an unquoted YAML scalar means, by the rules of go-yaml that compose-go reads with: booleans are only true and
 * false, `0644` and `0o644` are octal, numbers may hold underscores. Dates stay text.
 */
export const parsePlainScalar = (source: string): PlainScalar => {
  if (NULL.test(source)) return { value: null, text: '' }
  if (TRUE.test(source)) return { value: true, text: 'true' }
  if (FALSE.test(source)) return { value: false, text: 'false' }
  const first = source.charCodeAt(0)
  const isNumeric = (first >= 0x30 && first <= 0x39) || first === 0x2b || first === 0x2d || first === 0x2e
  return (isNumeric ? findNumber(source) : undefined) ?? { value: source, text: source }
}

const findNumber = (source: string): PlainScalar | undefined => {
  const whole = DECIMAL.exec(source)
  if (whole !== null) return integer(whole[1] === '-', (whole[2] ?? '').replaceAll('_', ''))
  const based = BASED.exec(source)
  if (based !== null) {
    const [, sign, , binary, , hexadecimal, , octal, leadingZero] = based
    const digits = binary ?? hexadecimal ?? octal ?? leadingZero ?? ''
    const prefix = binary !== undefined ? '0b' : hexadecimal !== undefined ? '0x' : '0o'
    const plain = digits.replaceAll('_', '')
    return plain === '' ? undefined : integer(sign === '-', prefix + plain)
  }
  if (!FLOAT.test(source)) return undefined
  const value = Number(source.replaceAll('_', ''))
  return Number.isFinite(value) ? { value, text: renderFloat(value) } : undefined
}

const integer = (isNegative: boolean, digits: string): PlainScalar => {
  const value = isNegative ? -BigInt(digits) : BigInt(digits)
  return { value: Number(value), text: value.toString() }
}

/** A number as Go's `%v` prints it: with an exponent below 0.0001 and from a million on. */
export const renderFloat = (value: number): string => {
  const [mantissa = '', exponent = '0'] = value.toExponential().split('e')
  const power = Number(exponent)
  if (value === 0 || (power >= -4 && power < 6)) return String(value)
  return `${mantissa}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`
}
