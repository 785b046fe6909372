import { roles, routes } from '@atoll/api'
import type { Role, Route } from '@atoll/api'
import { describe, expect, it, test } from 'vitest'
import { isGranted, needOf } from './grants.ts'
import type { Grant } from './records.ts'

/** The app of the path is shop, and shop is in the team web. */
const place = { app: 'shop', team: 'web' }

/** Where a grant counts, and for which scopes that is enough. */
const places: readonly (readonly [Omit<Grant, 'role'>, ReadonlySet<Route['scope']>])[] = [
  [{}, new Set(['cluster', 'app', 'team'])],
  [{ app: 'shop' }, new Set(['app'])],
  [{ team: 'web' }, new Set(['app', 'team'])],
  [{ app: 'wiki' }, new Set()],
  [{ team: 'ops' }, new Set()],
]

const rankOf = (role: Role): number => roles.indexOf(role)

describe.each(Object.entries<Route>(routes))('%s', (_name, route) => {
  it.each(places)('for who has a role of %o', (where, scopes) => {
    const need = needOf(route, place)
    const isFree = route.role === 'nobody' || route.scope === 'self'
    expect(need === undefined).toBe(isFree)
    for (const role of roles) {
      const placed = need?.app === undefined ? need : { ...need, team: 'web' }
      const isAllowed = placed === undefined || isGranted([{ role, ...where }], placed)
      const isEnough = route.role !== 'nobody' && rankOf(role) >= rankOf(route.role) && scopes.has(route.scope)
      expect(isAllowed, role).toBe(isFree || isEnough)
    }
  })
})

test('grants add up, and none is nothing', () => {
  const need = { role: 'deployer', app: 'shop', team: 'web' } as const
  const weak: Grant[] = [{ role: 'viewer' }, { role: 'owner', app: 'wiki' }, { role: 'owner', team: 'ops' }]
  expect(isGranted([], need)).toBe(false)
  expect(isGranted(weak, need)).toBe(false)
  expect(isGranted([...weak, { role: 'maintainer', team: 'web' }], need)).toBe(true)
})

test('an app that is in no team is none of a team', () => {
  expect(isGranted([{ role: 'owner', team: 'web' }], { role: 'viewer', app: 'shop' })).toBe(false)
})

test('a route that does not say of which app or team is a bug', () => {
  expect(() => needOf({ role: 'viewer', scope: 'app' }, { team: 'web' })).toThrow('scope app')
  expect(() => needOf({ role: 'viewer', scope: 'team' }, { app: 'shop' })).toThrow('scope team')
})
