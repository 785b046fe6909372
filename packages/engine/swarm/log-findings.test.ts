import { expect, it } from 'vitest'
import { openClient } from './client.ts'
import { findLogFindings } from './log-findings.ts'
import { openScriptedEngine, reply } from './scripted-engine.ts'

const live = new AbortController().signal
const service = (Name: string, LogDriver?: object) => ({ Spec: { Name, TaskTemplate: { LogDriver } } })

const look = async (services: readonly object[]) => {
  await using engine = await openScriptedEngine(({ url = '' }, response) =>
    url.includes('/services')
      ? reply(response, 200, services)
      : reply(response, 200, { Version: '20.10.24', ApiVersion: '1.41' }),
  )
  await using client = openClient(engine.endpoint)
  return await findLogFindings(client, live)
}

it('services without a cap on their logs are named, and no others', async () => {
  const found = await look([
    service('capped', { Name: 'local', Options: { 'max-size': '10m' } }),
    service('local', { Name: 'local' }),
    service('elsewhere', { Name: 'syslog' }),
    service('files', { Name: 'json-file', Options: { 'max-size': '1m' } }),
    service('bare'),
    service('endless', { Name: 'json-file', Options: { 'max-size': '-1' } }),
  ])
  expect(found.map(({ state, message }) => [state, /service (\w+)/.exec(message)?.[1]])).toEqual([
    ['warning', 'bare'],
    ['warning', 'endless'],
  ])
})

it('and when all have one that is good', async () => {
  expect(await look([service('local', { Name: 'local' })])).toMatchObject([{ state: 'good' }])
})

it('a cluster without services is not praised for their logs', async () => {
  expect(await look([])).toMatchObject([{ state: 'good', message: expect.stringContaining('there is no service') }])
  const [one] = await look([service('local', { Name: 'local' })])
  expect(one?.message).toBe('the logs of the only service have a cap')
})
