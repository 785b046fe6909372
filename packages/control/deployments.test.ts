import type { Reply } from '@atoll/api'
import { openStage } from '@atoll/deploy/stage'
import { describe, expect, it } from 'vitest'
import { addPerson, caught, openTestControl, uploadOf } from './test-control.ts'

const params = { app: 'shop', environment: 'test' }
const never = new AbortController().signal
const compose = (image: string): string =>
  `name: shop\nservices:\n  web:\n    image: ${image}\n    deploy: { replicas: 2 }\n`
const deployOf = (image: string) => ({ kind: 'deploy' as const, project: uploadOf(compose(image)) })

const open = async () => {
  const stage = openStage()
  const control = await openTestControl(stage)
  const token = await addPerson(control, { name: 'anna', grants: [{ role: 'deployer', app: 'shop' }] })
  return { stage, control, client: control.client(token), [Symbol.asyncDispose]: () => control[Symbol.asyncDispose]() }
}

type Opened = Awaited<ReturnType<typeof open>>

const send = ({ stage, client }: Opened, image: string, headers: Readonly<Record<string, string>> = {}) =>
  stage.settle(client.call('startDeployment', { params, body: deployOf(image), headers }, never))

const followAll = async (opened: Opened, operation: string, lastId?: string) => {
  const events: { readonly id: string | undefined; readonly event: Reply<'followOperation'> }[] = []
  const headers = lastId === undefined ? {} : { 'last-event-id': lastId }
  const input = { params: { ...params, operation }, headers }
  for await (const item of opened.client.follow('followOperation', input, never)) events.push(item)
  return events
}

describe('a deployment through HTTP', () => {
  it('converges, and is told from its plan to its end', async () => {
    await using opened = await open()
    const { operation, deployment } = await send(opened, 'web:1')
    expect(deployment).toBe(1)
    const events = await opened.stage.settle(followAll(opened, operation))
    expect(events.at(-1)?.event).toMatchObject({ kind: 'end', state: 'converged' })
    expect(new Set(events.map(({ event }) => event.kind))).toEqual(
      new Set(['phase', 'image', 'plan', 'action', 'task', 'service', 'end']),
    )
    const status = await opened.client.call('getStatus', { params }, never)
    expect(status.services).toMatchObject([{ service: 'web', running: 2, state: 'good' }])
    const ended = await opened.client.call('getOperation', { params: { ...params, operation } }, never)
    expect(ended).toMatchObject({ by: 'anna', outcome: { kind: 'converged', deployment: 1 } })
  })

  it('repairs what was changed behind it, and is none when nothing was', async () => {
    await using opened = await open()
    await send(opened, 'web:1')
    const repair = () =>
      opened.stage.settle(
        opened.client.call('startDeployment', { params, body: { kind: 'repair', services: [] } }, never),
      )
    await opened.stage.pass(30_000)
    expect(await caught(repair())).toMatchObject({ status: 409, code: 'nothing-to-do' })
    opened.stage.engine.outsider.remove('shop_test_web')
    const { operation } = await repair()
    await opened.stage.settle(followAll(opened, operation))
    const { outcome } = await opened.client.call('getOperation', { params: { ...params, operation } }, never)
    expect(outcome).toMatchObject({ kind: 'converged', deployment: 2, release: 1 })
    expect(opened.stage.engine.world.services.has('shop_test_web')).toBe(true)
    const { items } = await opened.client.call('listDeployments', { params, query: {} }, never)
    expect(items[0]?.task).toMatchObject({ kind: 'repair', found: ['web: missing'], isAutomatic: false })
  })

  it('adopts what was changed behind it as a release', async () => {
    await using opened = await open()
    const { stage, client } = opened
    await send(opened, 'web:1')
    await stage.pass(30_000)
    stage.engine.outsider.change('shop_test_web', (spec) => ({ ...spec, mode: { kind: 'replicated', replicas: 3 } }))
    const started = client.call('startDeployment', { params, body: { kind: 'adopt' } }, never)
    await stage.settle(followAll(opened, (await stage.settle(started)).operation))
    const { items } = await client.call('listReleases', { params, query: {} }, never)
    expect(items[0]).toMatchObject({ number: 2, origin: { kind: 'adopt', from: 1, note: 'web: mode.replicas' } })
    expect((await client.call('getStatus', { params }, never)).services).toMatchObject([{ wanted: 3, drift: [] }])
  })

  it('goes on after the last event that was seen', async () => {
    await using opened = await open()
    const { operation } = await send(opened, 'web:1')
    const seen: (string | undefined)[] = []
    const input = { params: { ...params, operation } }
    const partly = async (): Promise<void> => {
      for await (const { id } of opened.client.follow('followOperation', input, never)) {
        seen.push(id)
        if (seen.length === 3) return
      }
    }
    await opened.stage.settle(partly())
    const rest = await opened.stage.settle(followAll(opened, operation, seen.at(-1)))
    const all = await followAll(opened, operation)
    expect([...seen, ...rest.map(({ id }) => id)]).toEqual(all.map(({ id }) => id))
    expect(new Set(all.map(({ id }) => id)).size).toBe(all.length)
  })

  it('is the same operation for the same key, and none for another body', async () => {
    await using opened = await open()
    const key = { 'idempotency-key': 'k1' }
    const first = await send(opened, 'web:1', key)
    expect(await send(opened, 'web:1', key)).toEqual(first)
    const error = await caught(send(opened, 'web:2', key))
    expect(error).toMatchObject({ status: 422, code: 'other-request' })
    expect((await opened.client.call('listDeployments', { params }, never)).items).toHaveLength(1)
  })

  it('is busy for a second one while the first is alive', async () => {
    await using opened = await open()
    const { client, stage } = opened
    const both = ['web:1', 'web:2'].map((image) =>
      caught(client.call('startDeployment', { params, body: deployOf(image) }, never)),
    )
    const results = await stage.settle(Promise.all(both))
    expect(results.filter((result) => result !== undefined)).toMatchObject([{ status: 409, code: 'busy', retry: true }])
  })

  it('is refused with every problem of the files', async () => {
    await using opened = await open()
    const body = { kind: 'deploy' as const, project: uploadOf('name: shop\nservices:\n  web: { imag: x }\n') }
    const error = await caught(opened.client.call('startDeployment', { params, body }, never))
    expect(error).toMatchObject({ status: 422, code: 'invalid-project', problems: [{ line: 3 }] })
  })

  it('of the platform itself is forbidden, whoever asks', async () => {
    await using opened = await open()
    const owner = opened.control.client(await addPerson(opened.control, { name: 'root', grants: [{ role: 'owner' }] }))
    const input = { params: { app: 'atoll', environment: 'system' }, body: { kind: 'restart' as const, services: [] } }
    expect(await caught(owner.call('startDeployment', input, never))).toMatchObject({ status: 403, code: 'reserved' })
  })

  it('tells no value of a secret, and keeps none once it has ended', async () => {
    await using opened = await open()
    const text = `name: shop
services:
  web:
    image: web:1
    environment: { DB_PASSWORD: hunter2-in-env }
    secrets: [key]
secrets: { key: { file: ./key.txt } }
`
    const project = uploadOf(text, { '/srv/shop/key.txt': 'hunter2-in-file' })
    const body = { kind: 'deploy' as const, project }
    const { operation } = await opened.stage.settle(opened.client.call('startDeployment', { params, body }, never))
    const events = await opened.stage.settle(followAll(opened, operation))
    expect(events.at(-1)?.event).toMatchObject({ kind: 'end', state: 'converged' })
    const answers = await Promise.all([
      opened.client.call('getStatus', { params }, never),
      opened.client.call('listReleases', { params }, never),
      opened.client.call('listDeployments', { params }, never),
      opened.client.call('getOperation', { params: { ...params, operation } }, never),
      opened.client.call('planProject', { params, body: project }, never),
    ])
    const told = JSON.stringify([events, answers, opened.control.log])
    expect(told).not.toContain('hunter2')
    expect(told).not.toContain(Buffer.from('hunter2-in-file').toString('base64'))
    expect(await opened.stage.documents.list('sealed', {}, never)).toEqual([])
  })
})
