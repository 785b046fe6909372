import type { ForwardAuth } from '../../route.ts'
import { renderQuoted } from '../../compose/parsed.ts'
import { at, numberOf, refuse, textOf, type Source } from '../source.ts'
import { framing } from './changes.ts'
import { otherServiceOf, spanMsOf, type RoutedServices } from './targets.ts'
import { headerNamesOf } from './texts.ts'

/** Longer than a client is patient, and half of what the ingress waits for one. */
const LONGEST_MS = 30_000
const USUAL_MS = 5_000
const MAX_PATH_CHARACTERS = 1_000

/** Said by the ingress alone: of the client, to whom it asks. */
const own = /^(?:host$|x-real-ip$|forwarded$|x-forwarded-)/

export const forwardAuthOf = (source: Source, services: RoutedServices): ForwardAuth | undefined => {
  if (source.value === undefined) return undefined
  const [service, port] = [otherServiceOf(source, services, 'ask'), numberOf(at(source, 'port'))]
  if (port === undefined) refuse(source, 'says no port', 'add port: the one the tasks of that service listen on')
  const shown = at(source, 'request_headers')
  return {
    service: service ?? '',
    port: port ?? 0,
    path: pathOf(at(source, 'path')) ?? '/',
    requestHeaders: shown.value === undefined ? ['authorization', 'cookie'] : namesOf(shown),
    responseHeaders: namesOf(at(source, 'response_headers')),
    timeoutMs: timeoutOf(at(source, 'timeout')) ?? USUAL_MS,
  }
}

/** A query may follow it; it is sent as it stands. */
const pathOf = (source: Source): string | undefined => {
  const path = textOf(source)
  if (path === undefined || (/^\/[!-~]*$/.test(path) && !path.includes('#') && path.length <= MAX_PATH_CHARACTERS)) {
    return path
  }
  return refuse(source, `${renderQuoted(path)} is no path to ask for`, 'write for example /check, other letters as %20')
}

const namesOf = (source: Source): readonly string[] => {
  const names = headerNamesOf(source)
  for (const name of names) {
    if (framing.has(name)) refuse(source, `${name} says where a message ends, and is of each by itself`, 'remove it')
    else if (own.test(name)) refuse(source, `${name} is said by the ingress alone`, 'remove it')
  }
  return names
}

const timeoutOf = (source: Source): number | undefined => {
  const timeoutMs = spanMsOf(source)
  if (timeoutMs === undefined || timeoutMs <= LONGEST_MS) return timeoutMs
  return refuse(source, 'is longer than anybody waits before the app is asked', 'write 30s or less')
}
