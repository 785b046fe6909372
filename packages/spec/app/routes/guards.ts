import type { BasicAuth, Cors, RateLimit } from '../../route.ts'
import { renderQuoted } from '../../compose/parsed.ts'
import { bytesOf } from '../quantities.ts'
import { at, entriesOf, flagOf, isIdle, itemsOf, numberOf, refuse, textOf, type Source } from '../source.ts'
import { spanMsOf } from './targets.ts'
import { headerNamesOf, hostOf, methodsOf, printableOf } from './texts.ts'

export const maxBodyBytesOf = (source: Source): number | undefined => {
  const bytes = bytesOf(source)
  return bytes === undefined || bytes >= 0 ? bytes : refuse(source, 'is less than nothing', 'write for example 10m')
}

export const rateLimitOf = (source: Source): RateLimit | undefined => {
  if (source.value === undefined) return undefined
  const [requests, perMs] = [numberOf(at(source, 'requests')), spanMsOf(at(source, 'per'))]
  if (requests !== undefined && perMs !== undefined && perMs >= 1_000) return { requests, perMs }
  return refuse(source, 'does not say how many requests in what time', 'write {requests: 100, per: 1m}; 1s at least')
}

/**
 * What crypt(3) reads and a proxy can pay for: SHA-256 and SHA-512 of 10,000 rounds at most, bcrypt of cost 10 at most. It
 * is computed anew for each request.
 */
const HASH =
  /^\$(?:5\$(?:rounds=(?:[1-9]\d{3}|10000)\$)?[./A-Za-z0-9]{1,16}\$[./A-Za-z0-9]{43}|6\$(?:rounds=(?:[1-9]\d{3}|10000)\$)?[./A-Za-z0-9]{1,16}\$[./A-Za-z0-9]{86}|2[aby]\$(?:0[4-9]|10)\$[./A-Za-z0-9]{53})$/

export const basicAuthOf = (source: Source): BasicAuth | undefined => {
  if (source.value === undefined) return undefined
  const users = entriesOf(at(source, 'users')).flatMap(([name, place]) => {
    const hash = textOf(place) ?? ''
    const fault = !/^[A-Za-z0-9._@-]{1,64}$/.test(name)
      ? `${renderQuoted(name)} is no name`
      : HASH.test(hash)
        ? undefined
        : 'is no hash of a password'
    if (fault === undefined) return [[name, hash] as const]
    return refuse(place, fault, 'write NAME: and what "mkpasswd -m sha-256" prints, with $$ for each $') ?? []
  })
  if (isIdle(at(source, 'users'))) refuse(source, 'names no users', 'add users: {NAME: HASH}')
  return { realm: printableOf(at(source, 'realm')) ?? 'Restricted', users: Object.fromEntries(users) }
}

export const corsOf = (source: Source): Cors | undefined => {
  if (source.value === undefined) return undefined
  const origins = originsOf(at(source, 'origins'))
  const hasCredentials = flagOf(at(source, 'credentials')) ?? false
  if (origins.length === 0) refuse(source, 'names no origins', 'add origins: [https://shop.example.org]')
  if (hasCredentials && origins.includes('*')) {
    refuse(source, 'would send cookies to every page of the world', 'name the origins')
  }
  const methods = methodsOf(at(source, 'methods'))
  return {
    origins,
    methods: methods.length > 0 ? methods : ['GET', 'HEAD', 'POST'],
    headers: headerNamesOf(at(source, 'headers')),
    exposed: headerNamesOf(at(source, 'expose')),
    hasCredentials,
    maxAgeMs: spanMsOf(at(source, 'max_age')) ?? 600_000,
  }
}

const originsOf = (source: Source): readonly string[] =>
  itemsOf(source)
    .flatMap((item) => {
      const text = (textOf(item) ?? '').toLowerCase()
      const [, scheme, host = '', port] = /^(https?):\/\/([^/:]+)(:\d{1,5})?$/.exec(text) ?? []
      if (text === '*') return [text]
      const isRight = scheme !== undefined && hostOf({ ...item, value: host }, { takesWildcard: false }) !== undefined
      if (isRight) return [`${scheme}://${host}${port ?? ''}`]
      const hint = 'write https://shop.example.org, without a path'
      return (scheme === undefined ? refuse(item, `${renderQuoted(text)} is no origin`, hint) : undefined) ?? []
    })
    .sort()
