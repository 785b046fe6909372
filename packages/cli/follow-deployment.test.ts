import { stripVTControlCharacters } from 'node:util'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Cli } from './cli.ts'
import { followDeployment } from './follow-deployment.ts'
import { createPalette } from './terminal/palette.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const open = (isTerminal: boolean) => {
  const written: string[] = []
  const output = {
    write: (text: string) => void written.push(text),
    palette: createPalette(false),
    isTerminal,
    columns: () => 80,
    rows: () => 24,
    onResize: () => {},
  }
  const cli = { stdout: output, stderr: output, clock: { now: () => Date.now() } } as Pick<
    Cli,
    'stdout' | 'stderr' | 'clock'
  >
  return { cli, read: () => stripVTControlCharacters(written.join('')) }
}

test('a step stays on the terminal with its time running below, until what it was for begins', () => {
  const { cli, read } = open(true)
  {
    using follower = followDeployment(cli, { asJson: false })
    follower.onStep('make the image')
    vi.advanceTimersByTime(12_000)
    expect(read()).toMatch(/^make the image\n[^]* 12 s\n$/)
    follower.onLine('Setting up docker.io')
    follower.onNote('mind the disk')
    vi.advanceTimersByTime(1_000)
    expect(read()).toMatch(/\r {2}mind the disk\n[^]* 13 s Setting up docker\.io\n$/)
    follower.onEvent({ kind: 'phase', phase: 'resolve', atMs: Date.now() })
    vi.advanceTimersByTime(200)
    expect(read()).toMatch(/resolving images 0\.2 s\n$/)
  }
  const ended = read()
  vi.advanceTimersByTime(5_000)
  expect(read()).toBe(ended)
})

test('steps are lines elsewhere, and lines of data where that was asked for', () => {
  const plain = open(false)
  followDeployment(plain.cli, { asJson: false }).onStep('make the image')
  expect(plain.read()).toBe('make the image\n')
  const data = open(false)
  followDeployment(data.cli, { asJson: true }).onStep('make the image')
  expect(JSON.parse(data.read())).toEqual({ kind: 'step', step: 'make the image' })
  const noted = open(false)
  followDeployment(noted.cli, { asJson: true }).onNote('mind the disk')
  expect(JSON.parse(noted.read())).toEqual({ kind: 'note', note: 'mind the disk' })
})
