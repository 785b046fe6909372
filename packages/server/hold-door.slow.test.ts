import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { networkInterfaces } from 'node:os'
import { expect, test } from 'vitest'
import { holdDoor } from './hold-door.ts'
import { knockFrom } from './knock.ts'
import { openLocal } from './open-local.ts'

const findFreePort = async (): Promise<number> => {
  // Below those that the system gives to connections.
  const listening = createServer().listen(randomInt(10_240, 30_240))
  await once(listening, 'listening')
  const { port } = listening.address() as AddressInfo
  listening.close()
  await once(listening, 'close')
  return port
}

test('a door that is held is open to others as often as they knock, and shut afterwards', async () => {
  await using server = openLocal()
  const signal = AbortSignal.timeout(30_000)
  const port = await findFreePort()
  // From loopback it would end.
  const others = Object.values(networkInterfaces()).flatMap((each) => each ?? [])
  const other = others.find(({ family, internal }) => family === 'IPv4' && !internal)?.address ?? '127.0.0.2'
  const knock = () => knockFrom(server, [`${other}:${port}`], signal)
  {
    await using _door = await holdDoor(server, port, signal)
    expect(await knock()).toEqual([])
    expect(await knock()).toEqual([])
  }
  expect(await knock()).toEqual([`${other}:${port}`])
})

test('where somebody listens already that is who answers, and goes on', async () => {
  await using server = openLocal()
  const signal = AbortSignal.timeout(30_000)
  const listening = createServer((socket) => socket.end()).listen(0)
  await once(listening, 'listening')
  const { port } = listening.address() as AddressInfo
  {
    await using _door = await holdDoor(server, port, signal)
  }
  expect(await knockFrom(server, [`127.0.0.1:${port}`], signal)).toEqual([])
  listening.close()
})
