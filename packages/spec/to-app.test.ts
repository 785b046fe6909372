import { describe, expect, test } from 'vitest'
import { hasErrors } from './problem.ts'
import { mapModel, mapService } from './app/sample-project.ts'

describe('an app', () => {
  test('is repaired by itself only when its file says so', () => {
    const services = { web: { image: 'nginx' } }
    expect(mapModel({ services, 'x-atoll': { drift: 'repair' } }).app.drift).toBe('repair')
    expect(mapModel({ services, 'x-atoll': { drift: 'show' } }).app).toEqual(mapModel({ services }).app)
  })

  test('says of which team it is, by a name that teams can have', () => {
    const services = { web: { image: 'nginx' } }
    expect(mapModel({ services, 'x-atoll': { team: 'web' } }).app.team).toBe('web')
    const { app, problems } = mapModel({ services, 'x-atoll': { team: 'Web team' } })
    expect(app.team).toBeUndefined()
    expect(problems).toMatchObject([{ severity: 'error', key: 'x-atoll.team' }])
  })

  test('a service of an image alone gets the defaults of a careful operator', () => {
    const { service, app, said } = mapService({ image: 'nginx:1.27' })
    expect(said).toEqual([])
    expect(service).toEqual({
      name: 'web',
      engineName: 'shop_production_web',
      image: 'nginx:1.27',
      environment: {},
      groups: [],
      extraHosts: [],
      dns: { servers: [], search: [], options: [] },
      labels: {},
      serviceLabels: {},
      mounts: [],
      configs: [],
      secrets: [],
      networks: [{ network: 'default', engineName: 'shop_production_default', aliases: [], driverOptions: {} }],
      ports: [],
      init: true,
      readOnly: false,
      tty: false,
      stdinOpen: false,
      capAdd: [],
      capDrop: [],
      sysctls: {},
      ulimits: [],
      resources: { limits: {}, reservations: {} },
      placement: { constraints: [], spread: [], maxPerNode: 0 },
      mode: { kind: 'replicated', replicas: 1 },
      restart: { condition: 'any' },
      update: {
        parallelism: 1,
        delayMs: 0,
        monitorMs: 5_000,
        maxFailureRatio: 0,
        order: 'start-first',
        failureAction: 'pause',
      },
      rollback: {
        parallelism: 1,
        delayMs: 0,
        monitorMs: 5_000,
        maxFailureRatio: 0,
        order: 'start-first',
        failureAction: 'pause',
      },
      logging: { driver: 'local', options: { 'max-size': '10m', 'max-file': '3' } },
      dependsOn: [],
      generation: 0,
    })
    expect(app.networks).toEqual([
      {
        name: 'default',
        engineName: 'shop_production_default',
        isExternal: false,
        driver: 'overlay',
        driverOptions: {},
        isAttachable: true,
        isInternal: false,
        labels: {},
      },
    ])
  })

  test('is plain JSON, sorted by name, with only what services use', () => {
    const { app } = mapModel({
      services: { b: { image: 'b', networks: { back: null } }, a: { image: 'a', volumes: [volume('data')] } },
      networks: { back: {}, unused: {} },
      volumes: { data: {}, unused: {} },
      configs: { unused: { content: 'x' } },
    })
    expect(app.services.map(({ name }) => name)).toEqual(['a', 'b'])
    expect(app.networks.map(({ name }) => name)).toEqual(['back', 'default'])
    expect(app.volumes.map(({ name }) => name)).toEqual(['data'])
    expect(app.configs).toEqual([])
    expect(JSON.parse(JSON.stringify(app))).toEqual(app)
  })

  test('is there even when something is refused, and the problem says so', () => {
    const { app, problems } = mapModel({ services: { web: { image: 'nginx', privileged: true } } })
    expect(app.services).toHaveLength(1)
    expect(hasErrors(problems)).toBe(true)
    expect(problems[0]).toMatchObject({ path: 'compose.yaml', line: 4, key: 'services.web.privileged' })
  })

  test('an environment has a name of its own kind', () => {
    const { problems } = mapModel({ services: {} }, { environment: 'Pre Prod' })
    expect(problems.map(({ message }) => message)).toEqual(['an environment cannot be called "Pre Prod"'])
  })

  test('environments share nothing', () => {
    const names = (environment: string) => {
      const { app } = mapModel(
        { services: { web: { image: 'a', volumes: [volume('data')] } }, volumes: { data: { name: 'shop_data' } } },
        { environment },
      )
      return [...app.services, ...app.networks, ...app.volumes].map(({ engineName }) => engineName)
    }
    expect(names('staging')).toEqual(['shop_staging_web', 'shop_staging_default', 'shop_staging_data'])
    expect(names('staging').filter((name) => names('production').includes(name))).toEqual([])
  })
})

const volume = (source: string) => ({ type: 'volume', source, target: `/${source}` })
