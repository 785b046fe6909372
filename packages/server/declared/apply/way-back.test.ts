import { describe, expect, test } from 'vitest'
import { ServerError } from '../../errors.ts'
import { provenWayIn } from './way-back.ts'

/** A server with a door and files; `put-back` opens the door again. */
const createWorld = () => {
  const world = { isOpen: true, files: new Set<string>() }
  const programs: Readonly<Record<string, (words: readonly string[]) => boolean>> = {
    install: (words) => Boolean(world.files.add(words.at(-1) ?? '')),
    mv: (words) => world.files.delete(words.at(-2) ?? '') && Boolean(world.files.add(words.at(-1) ?? '')),
    rm: (words) => {
      if (!words.includes('--recursive')) return world.files.delete(words.at(-1) ?? '')
      world.files.clear()
      return true
    },
    'put-back': () => (world.isOpen = true),
  }
  const server = {
    name: 'root@there',
    run: async (argv: readonly string[]) => {
      const [program = '', ...words] = argv.slice(argv.findIndex((word) => word.startsWith('PATH=')) + 1)
      const isDone = programs[program]?.(words) ?? true
      return { status: isDone ? 0 : 1, stdout: '', stderr: '' }
    },
    [Symbol.asyncDispose]: async () => {},
  }
  const enter = async () => {
    if (world.isOpen) return server
    throw new ServerError('root@there: no answer from there', { code: 'unreachable', retry: true })
  }
  const work = { server, enter, signal: new AbortController().signal, hasServiceManager: true }
  const risk = { what: 'the door', keep: async () => {}, back: () => ['put-back'] }
  return { world, run: (change: () => Promise<void>) => provenWayIn(work, risk, change) }
}

describe('what might lock us out', () => {
  test('stays when somebody gets in, and leaves nothing that would undo it', async () => {
    const { world, run } = createWorld()
    await run(async () => {
      expect([...world.files].filter((path) => path.endsWith('/mark'))).toHaveLength(1)
    })
    expect(world.files.size).toBe(0)
  })

  test('is undone when nobody does', async () => {
    const { world, run } = createWorld()
    const shut = run(async () => {
      world.isOpen = false
    })
    await expect(shut).rejects.toMatchObject({
      code: 'locked-out',
      message:
        'root@there: with the door nobody gets in any more (root@there: no answer from there); what was before is back',
    })
    expect(world.isOpen).toBe(true)
    expect([...world.files].filter((path) => path.endsWith('/mark'))).toEqual([])
  })

  test('is undone when it fails halfway, and told as what it was', async () => {
    const { world, run } = createWorld()
    const failure = new ServerError('root@there: "nft" ended with status 1', { code: 'command-failed', retry: true })
    const broken = run(async () => {
      world.isOpen = false
      throw failure
    })
    await expect(broken).rejects.toBe(failure)
    expect(world.isOpen).toBe(true)
  })
})
