import type { Node, Scalar } from './node.ts'
import type { Parsed } from './parsed.ts'

/**
 * What may stand under a key of a compose file, what its short forms stand for, how two files merge there, and what the
 * canonical model prints: everything known of one key in one place. The steps walk a file and its shape side by side.
 */
export type Shape =
  | ScalarShape
  | WordsShape
  | ListShape
  | PairsShape
  | KeyValuesShape
  | DictionaryShape
  | RecordShape
  | ShorthandShape
  | FormsShape
  | { readonly kind: 'nullable'; readonly shape: Shape }
  | { readonly kind: 'anything' }

export type ScalarShape = TextShape | FlagShape | NumberShape | BytesShape | DurationShape | FileModeShape

export interface TextShape {
  readonly kind: 'text'
  readonly oneOf?: readonly string[]
  readonly pattern?: RegExp
  /** Numbers are taken too and become text. */
  readonly takesNumbers?: boolean
  /** Any scalar is taken and becomes text. */
  readonly takesAny?: boolean
}

export interface FlagShape {
  readonly kind: 'flag'
  /** The value that means the same as none and is not printed. */
  readonly implied?: boolean
  /** Checked and then dropped: it changes nothing. */
  readonly isMute?: boolean
}

export interface NumberShape {
  readonly kind: 'number'
  readonly isWhole: boolean
  readonly minimum?: number
  readonly maximum?: number
  /** Zero says something else than nothing and is printed. */
  readonly keepsZero?: boolean
  /** Texts that stand for a number. */
  readonly words?: Readonly<Record<string, number>>
  /** Kept with the precision of 32 bits, as compose-go does. */
  readonly isSingle?: boolean
  /** Printed as text. */
  readonly isText?: boolean
}

export interface BytesShape {
  readonly kind: 'bytes'
  readonly isTextOnly?: boolean
  readonly minimum?: number
}

export interface DurationShape {
  readonly kind: 'duration'
  readonly keepsZero?: boolean
}

export interface FileModeShape {
  readonly kind: 'file-mode'
}

/** A command: a list of words, or a text that is split as a shell would; the later file replaces it. */
export interface WordsShape {
  readonly kind: 'words'
  readonly split: (text: string) => Parsed<readonly string[]>
}

export interface ListShape {
  readonly kind: 'list'
  readonly item: Shape
  /** A single scalar stands for a list of one. */
  readonly takesScalar?: boolean
  /** Empty texts, which variables leave behind, are taken out. */
  readonly dropsEmpty?: boolean
  /** The same item twice is an error. */
  readonly isUnique?: boolean
  /** Of items with the same key the last one stays, in the place of the first. */
  readonly keyOf?: (item: Node) => string | undefined
  /** One short item may stand for several. */
  readonly expandItem?: (item: Scalar) => Parsed<readonly Node[]>
  /** Merge items of two files that are equal under this key, instead of listing all. */
  readonly mergeBy?: string
}

/** A list of `KEY=VALUE`, or a mapping that stands for one. */
export interface PairsShape {
  readonly kind: 'pairs'
  readonly parse: (text: string) => Parsed<string>
  readonly takesScalar?: boolean
  readonly isSorted?: boolean
}

/** A mapping of texts, or a list of `KEY=VALUE` that stands for one. */
export interface KeyValuesShape {
  readonly kind: 'key-values'
  /** What a key without a value has. */
  readonly missing: '' | null
}

export interface DictionaryShape {
  readonly kind: 'dictionary'
  readonly value: Shape
  /** Pattern of its keys; anything when absent. */
  readonly keys?: RegExp
}

export interface RecordShape {
  readonly kind: 'record'
  readonly fields: Readonly<Record<string, Shape>>
  readonly required?: readonly string[]
  /** True: the later file replaces the whole. */
  readonly isReplaced?: (base: Node, overlay: Node) => boolean
}

/** `expand` turns a short form into the long one and leaves the long one as it is. */
export interface ShorthandShape {
  readonly kind: 'shorthand'
  readonly expand: (node: Node) => Parsed<Node>
  readonly long: Shape
}

/** Scalars, lists and mappings that mean different things. */
export interface FormsShape {
  readonly kind: 'forms'
  readonly scalar?: Shape
  readonly sequence?: Shape
  readonly mapping?: Shape
}

export const text = (options: Omit<TextShape, 'kind'> = {}): TextShape => ({ kind: 'text', ...options })
export const oneOf = (...values: readonly string[]): TextShape => ({ kind: 'text', oneOf: values })
export const textOrNumber = text({ takesNumbers: true })
/** False means the same as absent. */
export const flag: FlagShape = { kind: 'flag', implied: false }
export const explicitFlag: FlagShape = { kind: 'flag' }
export const impliedFlag: FlagShape = { kind: 'flag', implied: true }
export const whole = (options: Omit<NumberShape, 'kind' | 'isWhole'> = {}): NumberShape => ({
  kind: 'number',
  isWhole: true,
  ...options,
})
export const decimal: NumberShape = { kind: 'number', isWhole: false, isSingle: true }
export const bytes: BytesShape = { kind: 'bytes' }
export const bytesAsText: BytesShape = { kind: 'bytes', isTextOnly: true }
export const duration: DurationShape = { kind: 'duration', keepsZero: true }
export const anything: Shape = { kind: 'anything' }
export const list = (item: Shape, options: Omit<ListShape, 'kind' | 'item'> = {}): ListShape => ({
  kind: 'list',
  item,
  ...options,
})
export const keyValues = (missing: '' | null = ''): KeyValuesShape => ({ kind: 'key-values', missing })
export const dictionary = (value: Shape, keys?: RegExp): DictionaryShape => ({
  kind: 'dictionary',
  value,
  ...(keys && { keys }),
})
export const record = (fields: Readonly<Record<string, Shape>>, options: Partial<RecordShape> = {}): RecordShape => ({
  ...options,
  kind: 'record',
  fields,
})
export const shorthand = (expand: ShorthandShape['expand'], long: Shape): ShorthandShape => ({
  kind: 'shorthand',
  expand,
  long,
})
export const nullable = (shape: Shape): Shape => ({ kind: 'nullable', shape })
