import type { FieldChange } from './observed.ts'

const masked = '****'

const secretWord = '(?:pass(?:word|wd|phrase)?|pwd|secret|token|key|credential|auth|private|salt|dsn)'
const secretKey = new RegExp(secretWord, 'i')
const secretFlag = new RegExp(`^--?[\\w-]*${secretWord}[\\w-]*$`, 'i')
const assignment = new RegExp(`([\\w-]*${secretWord}[\\w-]*=)([^\\s"'&;]+)`, 'gi')
const urlCredentials = /([a-z][a-z0-9+.-]*:\/\/)([^\s/@:"']*)(:[^\s/@"']*)?@/gi
const authorization = /\b(bearer|basic)\s+[\w+/=.~-]+/gi

/** Mappings whose keys people choose; only there does a key say that its value is secret. */
const freeMappings: ReadonlySet<string> = new Set([
  'environment',
  'labels',
  'serviceLabels',
  'options',
  'driverOptions',
  'args',
  // Headers that a route sets or adds.
  'set',
  'add',
])

/** Mappings of hashes of passwords: those who ask `basicAuth` of a route. */
const hashMappings: ReadonlySet<string> = new Set(['users'])

/** Whether a value under this key is better not shown: PASSWORD, API_TOKEN, SECRET_KEY. */
const isSecretKey = (key: string): boolean => secretKey.test(key)

/** Hides what looks secret inside a text: credentials in URLs, `password=...`, `Bearer ...`. */
export const maskText = (text: string): string =>
  text
    .replaceAll(urlCredentials, (_match, scheme: string, user: string, password?: string) =>
      password === undefined ? `${scheme}${masked}@` : `${scheme}${user}:${masked}@`,
    )
    .replaceAll(assignment, `$1${masked}`)
    .replaceAll(authorization, `$1 ${masked}`)

/** The same of plain data, however deep; contents of files are left out whole. */
export const maskData = (value: unknown, parent = ''): unknown => {
  if (typeof value === 'string') return maskText(value)
  if (Array.isArray(value)) return value.map((item, index) => (isBehindFlag(value, index) ? masked : maskData(item)))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, isHidden(key, parent) ? masked : maskData(item, key)]),
  )
}

const isHidden = (key: string, parent: string): boolean =>
  key === 'dataBase64' || hashMappings.has(parent) || (freeMappings.has(parent) && isSecretKey(key))

/** `["--token", "abc"]` */
const isBehindFlag = (list: readonly unknown[], index: number): boolean => {
  const before = list[index - 1]
  return typeof before === 'string' && secretFlag.test(before)
}

/** A change that may be shown and logged. That something secret changed stays visible. */
export const maskChange = ({ field, from, to }: FieldChange): FieldChange => {
  const mask = (text: string): string => (isSecretField(field) ? masked : maskJson(text))
  return {
    field,
    ...(from === undefined ? {} : { from: mask(from) }),
    ...(to === undefined ? {} : { to: mask(to) }),
  }
}

const isSecretField = (field: string): boolean => {
  const parts = field.split('.')
  if (parts.slice(0, -1).some((part) => hashMappings.has(part))) return true
  const mapping = parts.findIndex((part) => freeMappings.has(part))
  return mapping >= 0 && isSecretKey(parts.slice(mapping + 1).join('.'))
}

/** Values of changes are JSON text; what came from elsewhere is masked as the text it is. */
const maskJson = (text: string): string => {
  try {
    return JSON.stringify(maskData(JSON.parse(text)))
  } catch {
    return maskText(text)
  }
}
