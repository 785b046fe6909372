import { mapAlone } from '../map-alone.ts'
import type { Problem } from '../problem.ts'
import type { CheckedRoute } from './claim.ts'
import { CannotTurn, type Label, type WrittenRoute } from './turned.ts'

/** A host, a path and a port alike: nobody knows yet what a variable will say. */
const anyValue = '80'

/** Reads a route as it will be read. Throws CannotTurn where that refuses it. */
export const checkRoute = (route: WrittenRoute, label: Label): CheckedRoute => {
  const read = readRoute(route)
  if (read.kind === 'ok') return read.value
  const { key, message, hint } = read.problem
  throw new CannotTurn(label, `${key === '' ? 'the route' : key}: ${message}`, hint)
}

type Read =
  | { readonly kind: 'ok'; readonly value: CheckedRoute }
  | { readonly kind: 'wrong'; readonly problem: Pick<Problem, 'key' | 'message' | 'hint'> }

export const readRoute = (route: WrittenRoute): Read => {
  const text = JSON.stringify({ name: 'app', services: { web: { image: 'app', 'x-atoll': { routes: [route] } } } })
  const names = Array.from(text.matchAll(/\$\{?([A-Za-z_]\w*)/g), ([, name = '']) => name)
  const { app, problems } = mapAlone(text, Object.fromEntries(names.map((name) => [name, anyValue])))
  const wrong = problems.find(({ severity }) => severity === 'error')
  const [read] = app?.routes ?? []
  if (wrong === undefined && read !== undefined)
    return { kind: 'ok', value: { route: read, variables: names.join(' ') } }
  const key = wrong?.key.replace(/^services\.web\.x-atoll\.routes\[0\]\.?/, '') ?? ''
  return { kind: 'wrong', problem: { message: 'cannot be read', ...wrong, key } }
}
