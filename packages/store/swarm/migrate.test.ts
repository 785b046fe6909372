import { describe, expect, it } from 'vitest'
import { migrateDocument } from './migrate.ts'

const steps = {
  1: ({ size, ...rest }: Readonly<Record<string, unknown>>) => ({ ...rest, sizeBytes: size }),
  2: (stored: Readonly<Record<string, unknown>>) => ({ ...stored, isOld: true }),
}

describe('migrateDocument', () => {
  it('takes every step from the format found to the one wanted', () => {
    expect(migrateDocument({ format: 1, size: 3 }, { name: 'a', to: 3, steps })).toEqual({ sizeBytes: 3, isOld: true })
    expect(migrateDocument({ format: 2, size: 3 }, { name: 'a', to: 3, steps })).toEqual({ size: 3, isOld: true })
    expect(migrateDocument({ format: 3, size: 3 }, { name: 'a', to: 3, steps })).toEqual({ size: 3 })
  })

  it('refuses what a newer Atoll wrote and says what to do', () => {
    expect(() => migrateDocument({ format: 4 }, { name: 'atoll.notes.a.1', to: 3, steps })).toThrow(
      'read config atoll.notes.a.1: a newer Atoll wrote it (format 4, this one knows 3); update Atoll',
    )
  })

  it.each([null, 7, 'text', {}, { format: 'one' }, { format: 0 }])('leaves %j to the reader to refuse', (stored) => {
    expect(migrateDocument(stored, { name: 'a', to: 3, steps })).toBeUndefined()
  })
})
