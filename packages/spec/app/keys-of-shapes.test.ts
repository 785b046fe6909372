import { describe, expect, test } from 'vitest'
import type { Shape } from '../compose/shape.ts'
import { composeFile } from '../compose/shapes/compose-file.ts'
import * as sections from './section-keys.ts'
import { serviceKeys } from './service-keys.ts'
import type { KeyTable } from './keys.ts'

/** The shape that a value has once it is canonical, or what a list or dictionary holds. */
const inner = (shape: Shape | undefined): Shape | undefined => {
  switch (shape?.kind) {
    case 'nullable':
      return inner(shape.shape)
    case 'shorthand':
      return inner(shape.long)
    case 'forms':
      return inner(shape.mapping)
    case 'list':
      return inner(shape.item)
    case 'dictionary':
      return inner(shape.value)
    default:
      return shape
  }
}

const keysAt = (...path: readonly string[]): readonly string[] => {
  const found = path.reduce<Shape | undefined>((shape, key) => {
    const record = inner(shape)
    return record?.kind === 'record' ? record.fields[key] : undefined
  }, composeFile)
  const record = inner(found)
  return record?.kind === 'record' ? Object.keys(record.fields).filter((key) => !key.startsWith('x-')) : []
}

describe('every key that loading lets through has a verdict', () => {
  test.each<readonly [string, KeyTable]>([
    ['services', serviceKeys],
    ['services.deploy', sections.deployKeys],
    ['services.deploy.resources.limits', sections.limitKeys],
    ['services.deploy.resources.reservations', sections.reservationKeys],
    ['services.build', sections.buildKeys],
    ['services.networks', sections.attachmentKeys],
    ['services.volumes', sections.mountKeys],
    ['services.volumes.bind', sections.bindKeys],
    ['services.volumes.volume', sections.volumeMountKeys],
    ['services.volumes.tmpfs', sections.tmpfsKeys],
    ['networks', sections.networkKeys],
    ['volumes', sections.volumeKeys],
    ['configs', sections.fileKeys],
    ['secrets', sections.fileKeys],
  ])('%s', (path, table) => {
    const keys = keysAt(...path.split('.'))
    expect(keys.length).toBeGreaterThan(0)
    expect(keys.filter((key) => !Object.hasOwn(table, key))).toEqual([])
  })

  test('at the top', () => {
    expect(keysAt().filter((key) => !Object.hasOwn(sections.topKeys, key))).toEqual([])
  })
})
