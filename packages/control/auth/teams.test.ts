import type { Client } from '@atoll/api'
import { openStage } from '@atoll/deploy/stage'
import { describe, expect, it } from 'vitest'
import { addPerson, caught, openTestControl, uploadOf } from '../test-control.ts'
import type { Grant } from './records.ts'

const never = new AbortController().signal
const params = (team: string, name: string) => ({ params: { team, name } })

/** A cluster with the team web; root owns it. */
const open = async () => {
  const stage = openStage()
  const test = await openTestControl(stage)
  const join = async (name: string, ...grants: Grant[]): Promise<Client> =>
    test.client(await addPerson(test, { name, grants }))
  const root = await join('root', { role: 'owner' })
  await root.call('createTeam', { body: { name: 'web' } }, never)
  const close = () => test[Symbol.asyncDispose]()
  return { stage, test, join, root, [Symbol.asyncDispose]: close }
}

const look = (client: Client, app: string): Promise<unknown> =>
  caught(client.call('listReleases', { params: { app, environment: 'test' } }, never))
const plan = (client: Client, app: string): Promise<unknown> => {
  const body = uploadOf(`name: ${app}\nservices: {web: {image: web}}\n`)
  return caught(client.call('planProject', { params: { app, environment: 'test' }, body }, never))
}
const add = (client: Client, team: string, app: string): Promise<unknown> =>
  caught(client.call('addTeamApp', params(team, app), never))

describe('a role in a team', () => {
  it('counts in its apps, in no other, and not in the cluster', async () => {
    await using world = await open()
    const { root, join } = world
    const bob = await join('bob', { role: 'deployer', team: 'web' })
    expect(await look(bob, 'shop')).toMatchObject({ status: 403, code: 'forbidden' })
    expect(await add(bob, 'web', 'shop')).toBeUndefined()
    expect(await look(bob, 'shop')).toBeUndefined()
    expect(await plan(bob, 'shop')).toBeUndefined()
    expect(await look(bob, 'wiki')).toMatchObject({ code: 'forbidden' })
    expect(await look(bob, 'constructor')).toMatchObject({ code: 'forbidden' })
    expect(await add(bob, 'web', 'constructor')).toBeUndefined()
    expect(await caught(bob.call('listNodes', {}, never))).toMatchObject({ code: 'forbidden' })
    await root.call('removeTeamApp', params('web', 'shop'), never)
    expect(await look(bob, 'shop')).toMatchObject({ code: 'forbidden' })
  })

  it('ends where the role is not enough, for tokens too', async () => {
    await using world = await open()
    const { test, join } = world
    const bob = await join('bob', { role: 'deployer', team: 'web' })
    const eve = await join('eve', { role: 'viewer', team: 'web' })
    await add(bob, 'web', 'shop')
    expect(await plan(eve, 'shop')).toMatchObject({ code: 'forbidden' })
    const make = (client: Client, body: { role: 'viewer' | 'deployer'; team?: string; app?: string }) =>
      client.call('createToken', { body: { name: 'ci', expiresInS: 3600, ...body } }, never)
    const { secret } = await make(bob, { role: 'viewer', team: 'web' })
    expect(await look(test.client(secret), 'shop')).toBeUndefined()
    expect(await plan(test.client(secret), 'shop')).toMatchObject({ code: 'forbidden' })
    expect(await caught(make(eve, { role: 'deployer', team: 'web' }))).toMatchObject({ code: 'forbidden' })
    expect(await caught(make(bob, { role: 'deployer', app: 'shop' }))).toBeUndefined()
    expect(await caught(make(bob, { role: 'viewer' }))).toMatchObject({ code: 'forbidden' })
    const both = make(bob, { role: 'viewer', team: 'web', app: 'shop' })
    expect(await caught(both)).toMatchObject({ status: 400, code: 'invalid' })
  })

  it('is given and taken by an owner of the team', async () => {
    await using world = await open()
    const { root, join } = world
    const ann = await join('ann', { role: 'owner', team: 'web' })
    const bob = await join('bob', { role: 'viewer', app: 'wiki' })
    const give = (client: Client, team: string, role: 'viewer' | 'deployer') =>
      caught(client.call('addTeamPerson', { ...params(team, 'bob'), body: { role } }, never))
    await root.call('createTeam', { body: { name: 'ops' } }, never)
    expect(await give(ann, 'ops', 'viewer')).toMatchObject({ code: 'forbidden' })
    await give(ann, 'web', 'viewer')
    expect(await give(bob, 'web', 'deployer')).toMatchObject({ code: 'forbidden' })
    await give(ann, 'web', 'deployer')
    expect((await bob.call('listTeams', {}, never)).items).toMatchObject([
      {
        name: 'web',
        people: [
          { name: 'ann', role: 'owner' },
          { name: 'bob', role: 'deployer' },
        ],
      },
    ])
    expect((await root.call('listTeams', {}, never)).items.map(({ name }) => name)).toEqual(['ops', 'web'])
    await ann.call('removeTeamPerson', params('web', 'bob'), never)
    expect((await bob.call('getMe', {}, never)).grants).toEqual([{ role: 'viewer', app: 'wiki' }])
    const again = ann.call('removeTeamPerson', params('web', 'bob'), never)
    expect(await caught(again)).toMatchObject({ status: 404, code: 'not-found' })
    const actions = (await root.call('listAudit', {}, never)).items.map(({ action, by }) => `${by} ${action}`)
    expect(actions).toEqual(expect.arrayContaining(['ann addTeamPerson', 'ann removeTeamPerson', 'root createTeam']))
  })
})

describe('an app', () => {
  it('that is there already comes into a team by its owner alone', async () => {
    await using world = await open()
    const { test, root, join } = world
    const bob = await join('bob', { role: 'owner', team: 'web' })
    for (const [collection, id] of [
      ['environment', 'shop.production'],
      ['allowance', 'backup'],
    ] as const) {
      await test.control.documents.put(collection, id, { expected: 0, value: {} }, never)
    }
    expect(await add(bob, 'web', 'shop')).toMatchObject({ code: 'forbidden' })
    expect(await add(bob, 'web', 'backup')).toMatchObject({ code: 'forbidden' })
    expect(await add(bob, 'web', 'atoll')).toMatchObject({ code: 'reserved' })
    expect(await add(root, 'web', 'shop')).toBeUndefined()
    expect(await look(bob, 'shop')).toBeUndefined()
  })

  it('is in one team at most, and who asks does not learn in which', async () => {
    await using world = await open()
    const { root, join } = world
    await root.call('createTeam', { body: { name: 'ops' } }, never)
    const bob = await join('bob', { role: 'deployer', team: 'ops' })
    await add(root, 'web', 'shop')
    const refused = await add(bob, 'ops', 'shop')
    expect(refused).toMatchObject({ status: 409, code: 'other-team' })
    expect(String(refused)).not.toContain('web')
    expect(await look(bob, 'shop')).toMatchObject({ code: 'forbidden' })
    expect(await add(root, 'web', 'shop')).toBeUndefined()
  })
})

describe('a team', () => {
  it('goes when it has no apps, and roles in it count for no later one of its name', async () => {
    await using world = await open()
    const { root, join } = world
    const bob = await join('bob', { role: 'deployer', team: 'web' })
    const body = { name: 'ci', role: 'deployer' as const, team: 'web', expiresInS: 3600 }
    const { secret } = await bob.call('createToken', { body }, never)
    await add(root, 'web', 'shop')
    const remove = () => root.call('removeTeam', { params: { name: 'web' } }, never)
    expect(await caught(remove())).toMatchObject({ status: 409, code: 'team-in-use' })
    await root.call('removeTeamApp', params('web', 'shop'), never)
    await remove()
    expect(await caught(remove())).toMatchObject({ code: 'not-found' })
    expect((await bob.call('getMe', {}, never)).grants).toEqual([])
    await root.call('createTeam', { body: { name: 'web' } }, never)
    const twice = root.call('createTeam', { body: { name: 'web' } }, never)
    expect(await caught(twice)).toMatchObject({ status: 409, code: 'team-there' })
    await add(root, 'web', 'shop')
    expect(await look(bob, 'shop')).toMatchObject({ code: 'forbidden' })
    expect(await look(world.test.client(secret), 'shop')).toMatchObject({ code: 'forbidden' })
  })

  it('has to be there before anybody is given a role in it', async () => {
    await using world = await open()
    const { root } = world
    const invited = root.call('invitePerson', { body: { role: 'viewer', team: 'ops' } }, never)
    expect(await caught(invited)).toMatchObject({ status: 422, code: 'no-team' })
    const [person] = (await root.call('listPeople', {}, never)).items
    const change = {
      params: { name: 'root' },
      headers: { 'if-match': `"${person?.revision}"` },
      body: { grants: [{ role: 'owner' as const }, { role: 'owner' as const, team: 'ops' }] },
    }
    expect(await caught(root.call('changeRole', change, never))).toMatchObject({ code: 'no-team' })
  })
})
