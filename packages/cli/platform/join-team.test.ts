import { openClient } from '@atoll/api'
import type { App } from '@atoll/spec'
import { expect, test } from 'vitest'
import { joinTeam } from './join-team.ts'

const signal = new AbortController().signal

/** A control that answers everything with this status, and what it was asked. */
const open = (status: number) => {
  const heard: string[] = []
  const code = status === 403 ? 'forbidden' : 'other-team'
  const failure = { type: 'about:blank', title: 'T', status, detail: 'no', code }
  const team = { name: 'web', apps: ['shop'], people: [], createdAtMs: 0 }
  const client = openClient({
    send: async ({ method, path }) => {
      heard.push(`${method} ${path}`)
      const text = JSON.stringify(status === 200 ? team : failure)
      return { status, headers: () => undefined, text: async () => text, async *chunks() {} }
    },
  })
  return { client, heard }
}

const shop = {
  name: 'shop',
  environment: 'production',
  services: [],
  networks: [],
  volumes: [],
  configs: [],
  secrets: [],
}
const inWeb: App = { ...shop, team: 'web' }

test('an app joins the team of its compose file, or the one that was asked for', async () => {
  const { client, heard } = open(200)
  await joinTeam(client, { app: inWeb }, signal)
  await joinTeam(client, { app: inWeb, team: 'ops' }, signal)
  expect(heard).toEqual(['PUT /v1/teams/web/apps/shop', 'PUT /v1/teams/ops/apps/shop'])
})

test('nothing is asked for an app without a team', async () => {
  const { client, heard } = open(200)
  await joinTeam(client, { app: shop }, signal)
  expect(heard).toEqual([])
})

test('who may not change teams deploys with the role in the app, unless the team was asked for', async () => {
  const { client } = open(403)
  await joinTeam(client, { app: inWeb }, signal)
  await expect(joinTeam(client, { app: inWeb, team: 'web' }, signal)).rejects.toMatchObject({ code: 'forbidden' })
})

test('an app of another team is not deployed', async () => {
  await expect(joinTeam(open(409).client, { app: inWeb }, signal)).rejects.toMatchObject({ code: 'other-team' })
})
