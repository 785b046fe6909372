import { EventEmitter } from 'node:events'
import { expect, test } from 'vitest'
import { InterruptedError } from './errors.ts'
import { watchInterrupts } from './interrupts.ts'

const createProcess = () => {
  const process = new EventEmitter()
  const exits: number[] = []
  const exit = (status: number): never => {
    exits.push(status)
    throw new Error('exit')
  }
  const stdout = new EventEmitter()
  const on = process.on.bind(process)
  return {
    process: { on, exit, stdout: { on: stdout.on.bind(stdout) } },
    send: process.emit.bind(process),
    stdout,
    exits,
  }
}

test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('the first %s ends what runs well, the second at once', (name) => {
  const { process, send, exits } = createProcess()
  const signal = watchInterrupts(process)
  send(name)
  expect(signal.reason).toBeInstanceOf(InterruptedError)
  expect(exits).toEqual([])
  expect(() => send(name)).toThrow('exit')
  expect(exits).toEqual([130])
})

test('who reads no further is no failure; anything else is', () => {
  const { process, stdout, exits } = createProcess()
  watchInterrupts(process)
  expect(() => stdout.emit('error', Object.assign(new Error('pipe'), { code: 'EPIPE' }))).toThrow('exit')
  expect(exits).toEqual([0])
  expect(() => stdout.emit('error', Object.assign(new Error('disk full'), { code: 'ENOSPC' }))).toThrow('disk full')
})
