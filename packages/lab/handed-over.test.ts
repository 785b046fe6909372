import { expect, test } from 'vitest'
import { isHandedOver } from './handed-over.ts'

const folder = '/var/lib/atoll-lab/dev'
const argv = (...words: readonly string[]): string => `${words.join('\0')}\0`
const resume = ['/usr/bin/node', 'main.ts', 'resume', 'shop/production', '--handed-over', '--engine']

test.each([
  ['a deployment in the background of this lab', argv(...resume, `unix://${folder}/node-1/docker.sock`), true],
  ['one of a lab whose name begins alike', argv(...resume, `unix://${folder}-2/node-1/docker.sock`), false],
  ['one of another engine', argv(...resume, 'tcp://10.0.0.1:2375'), false],
  ['a person at an engine of this lab', argv('docker', '-H', `unix://${folder}/node-1/docker.sock`, 'events'), false],
  ['a process of the kernel', '', false],
])('%s', (_what, commandLine, isWanted) => {
  expect(isHandedOver(commandLine, folder)).toBe(isWanted)
})
