import { expect, test } from 'vitest'
import { createPalette } from './palette.ts'
import { renderRoutes } from './routes.ts'

const screen = { palette: createPalette(false), columns: Infinity }
const route = { app: 'shop', environment: 'production', service: 'web', ready: 1, wanted: 2 }

test('what ingresses do not take stands below the routes, once for all routes of an app', () => {
  const troubles = [{ nodes: ['node-1', 'node-2'], message: 'refused: nonsense' }]
  const routes = [
    { ...route, route: 'a.example.org/', troubles },
    { ...route, route: 'a.example.org/api', troubles },
    { ...route, app: 'farm', route: 'b.example.org/', ready: 2 },
  ]
  expect(renderRoutes(routes, screen)).toEqual([
    'ROUTE              APP              SERVICE  ANSWERING',
    'a.example.org/     shop/production  web      1/2',
    'a.example.org/api  shop/production  web      1/2',
    'b.example.org/     farm/production  web      2/2',
    '! shop/production: on node-1, node-2: refused: nonsense',
  ])
})

test('where there are none it is said', () => {
  expect(renderRoutes([], screen)).toEqual(['no app has a route'])
})
