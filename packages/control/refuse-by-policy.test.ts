import { openStage } from '@atoll/deploy/stage'
import { describe, expect, it } from 'vitest'
import type { World } from './control.ts'
import { addPerson, caught, openTestControl, uploadOf } from './test-control.ts'

const never = new AbortController().signal
const params = { app: 'shop', environment: 'test' }
const text = `name: shop
services:
  web:
    image: web:1
    cap_add: [CHOWN, SYS_ADMIN]
    volumes:
      - data:/data
      - /etc:/x
volumes: { data: {} }
`

/** As the agent names places. */
const refusals = [
  { path: 'services.web.volumes (/x)', message: '/etc is a path of the node', hint: 'use a volume' },
  { path: 'services.web.cap_add (SYS_ADMIN)', message: 'SYS_ADMIN reaches beyond the container', hint: 'leave it' },
]

const open = async (judge: World['judge']) => {
  const stage = openStage()
  const control = await openTestControl(stage, judge === undefined ? {} : { judge })
  const client = control.client(await addPerson(control, { name: 'ann', grants: [{ role: 'owner' }] }))
  return { stage, client, [Symbol.asyncDispose]: () => control[Symbol.asyncDispose]() }
}

describe('what the policy refuses', () => {
  it.each(['plan', 'deploy'])(
    'is told at its place in the file by %s, all of it, and nothing is done',
    async (what) => {
      const asked: string[] = []
      await using opened = await open(async (actions) => {
        asked.push(...actions.map(({ kind }) => kind))
        return refusals
      })
      const { client, stage } = opened
      const project = uploadOf(text)
      const error = await caught(
        what === 'plan'
          ? client.call('planProject', { params, body: project }, never)
          : client.call('startDeployment', { params, body: { kind: 'deploy', project } }, never),
      )
      expect(error).toMatchObject({
        status: 422,
        code: 'refused-by-policy',
        problems: [
          { path: 'compose.yaml', line: 8, column: 9, key: 'services.web.volumes[1]', hint: 'use a volume' },
          { line: 5, column: 22, key: 'services.web.cap_add[1]' },
        ],
      })
      expect(asked).toEqual(['create-network', 'create-service'])
      expect(stage.engine.world.services.size).toBe(0)
      expect(await stage.documents.list('deployment', {}, never)).toEqual([])
    },
  )

  it('does not stop what it does not refuse', async () => {
    await using opened = await open(async () => [])
    const { client, stage } = opened
    const input = { params, body: { kind: 'deploy' as const, project: uploadOf(text) } }
    await stage.settle(client.call('startDeployment', input, never))
    expect((await client.call('listDeployments', { params }, never)).items).toHaveLength(1)
  })
})
