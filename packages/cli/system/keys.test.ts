import { openStage } from '@atoll/deploy/stage'
import { expect, it } from 'vitest'
import { ensureKeys } from './keys.ts'
import { loadSystemApp } from './system-app.ts'
import { readSettings } from './upgrade/settings.ts'

const live = new AbortController().signal
const agentsSecret = expect.stringMatching(/^atoll_keys_agents-\w+$/)

it('keys are made once, and a second time they are the same', async () => {
  const stage = openStage()
  const keys = await ensureKeys(stage.createContext('ann'), live)
  expect(keys).toMatchObject({ agentsSecret })
  expect(stage.engine.world.secrets.size).toBe(3)
  expect(await ensureKeys(stage.createContext('ann'), live)).toMatchObject(keys)
})

it('an installation of before is given the secret of agents, also when that was begun and left', async () => {
  const stage = openStage()
  const { agentsSecret: name, ...before } = await ensureKeys(stage.createContext('ann'), live)
  const known = await stage.documents.find('platform', 'keys', live)
  await stage.documents.put(
    'platform',
    'keys',
    { expected: known?.revision ?? 0, value: { ...before, isComplete: true } },
    live,
  )
  expect(await ensureKeys(stage.createContext('ann'), live)).toMatchObject({ ...before, agentsSecret: name })
  const again = await stage.documents.find('platform', 'keys', live)
  await stage.documents.put(
    'platform',
    'keys',
    { expected: again?.revision ?? 0, value: { ...before, isComplete: true } },
    live,
  )
  stage.engine.world.secrets.delete(name)
  expect(await ensureKeys(stage.createContext('ann'), live)).toMatchObject({ agentsSecret: name })
  expect([...stage.engine.world.secrets.keys()]).toContain(name)
})

it('only agents and controls mount the secret of agents, and only controls the others', async () => {
  const stage = openStage()
  const keys = await ensureKeys(stage.createContext('ann'), live)
  const { services } = loadSystemApp({ keys, image: 'sha256:1', names: [] })
  const mounted = services.map(({ name, secrets }) => [name, secrets.map((file) => file.name).toSorted()])
  expect(Object.fromEntries(mounted)).toEqual({
    agent: ['agents'],
    control: ['agents', 'agents-beside', 'authority', 'seals', 'seals-beside'],
    gate: [],
    ingress: [],
  })
})

it('there is an ingress unless it is said that there is none, and an upgrade keeps that', async () => {
  const stage = openStage()
  const keys = await ensureKeys(stage.createContext('ann'), live)
  const load = (given: { readonly hasIngress?: boolean }) => {
    const app = loadSystemApp({ keys, image: 'sha256:1', names: [], ...given })
    const again = loadSystemApp({ ...readSettings(app), keys, image: 'sha256:2' })
    return [app, again].map(({ services }) => services.some(({ name }) => name === 'ingress'))
  }
  expect(load({})).toEqual([true, true])
  expect(load({ hasIngress: false })).toEqual([false, false])
})

it('ports that are open for streams stay over an upgrade, and are those of one service alone', async () => {
  const stage = openStage()
  const keys = await ensureKeys(stage.createContext('ann'), live)
  const publishing = (given: { readonly hasIngress?: boolean; readonly streamPorts?: readonly number[] }) => {
    const app = loadSystemApp({ keys, image: 'sha256:1', names: [], ...given })
    const again = loadSystemApp({ ...readSettings(app), keys, image: 'sha256:2' })
    return [app, again].map(({ services }) =>
      services.flatMap(({ name, ports }) =>
        ports.flatMap(({ published }) => (published === 5432 || published === 6379 ? [`${name} ${published}`] : [])),
      ),
    )
  }
  const both = ['streams 5432', 'streams 6379']
  expect(publishing({ streamPorts: [5432, 6379] })).toEqual([both, both])
  expect(publishing({ streamPorts: [] })).toEqual([[], []])
  expect(publishing({ streamPorts: [5432], hasIngress: false })).toEqual([[], []])
  const { services } = loadSystemApp({ keys, image: 'sha256:1', names: [] })
  expect(services.map(({ name }) => name)).not.toContain('streams')
})

it('agents are told how much of what nobody needs they keep, and choose it themselves otherwise', async () => {
  const stage = openStage()
  const keys = await ensureKeys(stage.createContext('ann'), live)
  const tellAgents = (keptImages: { readonly days?: number; readonly gigabytes?: number }) => {
    const { services } = loadSystemApp({ keys, image: 'sha256:1', names: [], keptImages })
    return services.find(({ name }) => name === 'agent')?.environment
  }
  expect(tellAgents({ days: 3, gigabytes: 2.5 })).toMatchObject({ ATOLL_IMAGES_DAYS: '3', ATOLL_IMAGES_GB: '2.5' })
  expect(tellAgents({})).toMatchObject({ ATOLL_IMAGES_DAYS: '', ATOLL_IMAGES_GB: '', ATOLL_DISK: '/var/lib/atoll' })
})
