import { expect, test, vi } from 'vitest'
import { createFold } from './fold.ts'

test('one at a time, the newest alone, and all who asked hear of it', async () => {
  const worked: number[] = []
  const gates: (() => void)[] = []
  const work = (value: number): Promise<string> => {
    worked.push(value)
    return new Promise((resolve) => gates.push(() => resolve(`done ${value}`)))
  }
  const fold = createFold(work, { everyMs: 0, isCostly: () => true })
  const asked = [1, 2, 3].map(fold)
  await vi.waitFor(() => expect(gates).toHaveLength(1))
  gates[0]?.()
  await vi.waitFor(() => expect(gates).toHaveLength(2))
  gates[1]?.()
  // The first call takes what is there when it begins.
  expect(new Set(await Promise.all(asked))).toEqual(new Set(['done 1', 'done 3']))
  expect(worked).toEqual([1, 3])
})

test('a failure is of those who asked for it, and the next goes on', async () => {
  const fold = createFold((value: number) => (value === 1 ? Promise.reject(new Error('no')) : Promise.resolve(value)), {
    everyMs: 0,
    isCostly: () => false,
  })
  await expect(fold(1)).rejects.toThrow('no')
  await expect(fold(2)).resolves.toBe(2)
})

test('costly ones wait for each other, others do not', async () => {
  const worked: string[] = []
  const fold = createFold(
    (value: string) => {
      worked.push(value)
      return Promise.resolve(value)
    },
    { everyMs: 50, isCostly: (value) => value.startsWith('costly') },
  )
  await fold('costly 1')
  await fold('cheap')
  const waiting = fold('costly 2')
  expect(worked).toEqual(['costly 1', 'cheap'])
  await expect(waiting).resolves.toBe('costly 2')
})
