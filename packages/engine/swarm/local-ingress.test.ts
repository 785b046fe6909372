import { text } from 'node:stream/consumers'
import { expect, it } from 'vitest'
import { openNodeEngine } from './node-engine.ts'
import { openScriptedEngine, reply } from './scripted-engine.ts'

const at = (IPAddress: string) => ({ IPAddress, IPPrefixLen: 20 })
const container = { id: 'c1', number: 7, networks: [], held: [] }
const live = new AbortController().signal

it('the ingress of a node is found with its networks', async () => {
  const found = {
    Id: 'c1',
    NetworkSettings: { Networks: { atoll_system_ingress: at('10.65.0.7'), shop_test_default: at('10.64.8.7') } },
  }
  await using engine = await openScriptedEngine((_request, response) => reply(response, 200, [found]))
  await using node = openNodeEngine(engine.endpoint, Date.now)
  const networks = ['atoll_system_ingress', 'shop_test_default']
  expect(await node.ingress.find(live)).toEqual({ id: 'c1', number: 7, networks, held: [] })
  expect(decodeURIComponent(engine.requests.at(-1) ?? '')).toContain(
    'com.docker.swarm.service.name=atoll_system_ingress',
  )
})

const shop = { name: 'shop_test_default', subnet: '10.64.0.0/20' }

/** An engine that starts holders, and answers what is asked of networks in its own way. */
const openEngine = async (answer: (what: string, body: { readonly Container: string }) => string | undefined) => {
  const done: string[] = []
  const engine = await openScriptedEngine((request, response) => {
    const { method = '', url = '' } = request
    void text(request).then((body) => {
      if (url.includes('/attach')) {
        response.writeHead(101, { Connection: 'Upgrade', Upgrade: 'tcp' }).flushHeaders()
        return
      }
      const what = /networks\/shop_test_default\/(\w+)/.exec(url)?.[1]
      if (what === undefined) {
        if (method === 'GET') reply(response, 200, [{ Id: 'agent', ImageID: 'sha256:1' }])
        else reply(response, 201, { Id: 'holder' })
        return
      }
      const sent = JSON.parse(body) as { readonly Container: string; readonly EndpointConfig?: object }
      done.push(`${what} ${sent.Container}${sent.EndpointConfig ? ` ${JSON.stringify(sent.EndpointConfig)}` : ''}`)
      const message = answer(what, sent)
      reply(response, message === undefined ? 200 : 404, message === undefined ? {} : { message })
    })
  })
  return { engine, done }
}

it('the one with the stream ports is found by its own name, and by its address among both', async () => {
  const found = { Id: 'c2', NetworkSettings: { Networks: { atoll_system_ingress: at('10.65.0.9') } } }
  await using engine = await openScriptedEngine((_request, response) => reply(response, 200, [found]))
  await using node = openNodeEngine(engine.endpoint, Date.now)
  expect(await node.streams.find(live)).toMatchObject({ id: 'c2', number: 9 })
  expect(decodeURIComponent(engine.requests.at(-1) ?? '')).toContain(
    'com.docker.swarm.service.name=atoll_system_streams',
  )
})

it('a network is held before the ingress joins it, at its own address, and until it has left', async () => {
  const { engine, done } = await openEngine(() => undefined)
  await using _engine = engine
  await using node = openNodeEngine(engine.endpoint, Date.now)
  await node.ingress.join(container, shop, live)
  await node.ingress.part('c1', shop.name, live)
  expect(done).toEqual([
    'connect holder',
    'connect c1 {"IPAMConfig":{"IPv4Address":"10.64.8.7"}}',
    'disconnect c1',
    'disconnect holder',
  ])
})

it('the one with the stream ports is another, with a holder of its own, which lets go of all when it is gone', async () => {
  const { engine, done } = await openEngine(() => undefined)
  await using _engine = engine
  await using node = openNodeEngine(engine.endpoint, Date.now)
  await node.streams.join(container, shop, live)
  await node.ingress.release(live)
  expect(done.filter((what) => what.startsWith('disconnect'))).toEqual([])
  await node.streams.release(live)
  expect(done.filter((what) => what.startsWith('disconnect'))).toEqual(['disconnect holder'])
})

it('joining and parting twice is no error', async () => {
  const already = 'endpoint with name x already exists in network shop_test_default'
  const { engine } = await openEngine((what, { Container }) => {
    if (Container === 'holder') return undefined
    return what === 'connect' ? already : 'container c1 is not connected to the network shop_test_default'
  })
  await using _engine = engine
  await using node = openNodeEngine(engine.endpoint, Date.now)
  await expect(node.ingress.join(container, shop, live)).resolves.toBeUndefined()
  await expect(node.ingress.part('c1', shop.name, live)).resolves.toBeUndefined()
})

it('a network that is nowhere is told', async () => {
  const { engine } = await openEngine(() => 'network shop_test_default not found')
  await using _engine = engine
  await using node = openNodeEngine(engine.endpoint, Date.now)
  await expect(node.ingress.join(container, shop, live)).rejects.toThrow('shop_test_default')
})

it('containers of services are told of, and which is the ingress itself', async () => {
  const lines = ['shop_test_web', 'atoll_system_ingress'].map((name) =>
    JSON.stringify({ Type: 'container', Actor: { ID: 'c', Attributes: { 'com.docker.swarm.service.name': name } } }),
  )
  await using engine = await openScriptedEngine((_request, response) => response.end(lines.join('\n')))
  await using node = openNodeEngine(engine.endpoint, Date.now)
  const changes = await Array.fromAsync(node.ingress.watchContainers(live))
  expect(changes).toEqual([{ isIngress: false }, { isIngress: true }])
})
