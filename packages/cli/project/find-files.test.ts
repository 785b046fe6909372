import { describe, expect, test } from 'vitest'
import { findFiles } from './find-files.ts'
import type { FindFilesInput } from './find-files.ts'

const find = (present: readonly string[], input: Partial<FindFilesInput> = {}) =>
  findFiles({
    named: [],
    defaultEnvironment: 'production',
    cwd: '/srv/shop',
    variables: {},
    exists: (path) => present.includes(path),
    ...input,
  })

describe('without -f', () => {
  test('compose.yaml comes before docker-compose.yml, with its override', () => {
    const present = ['/srv/shop/docker-compose.yml', '/srv/shop/compose.yaml', '/srv/shop/compose.override.yml']
    expect(find(present)).toEqual({ files: ['compose.yaml', 'compose.override.yml'], workingDir: '/srv/shop' })
  })

  test('a folder above counts too', () => {
    const found = find(['/srv/compose.yml'], { cwd: '/srv/shop/web' })
    expect(found).toEqual({ files: ['/srv/compose.yml'], workingDir: '/srv' })
  })

  test('COMPOSE_FILE names them', () => {
    const found = find([], { variables: { COMPOSE_FILE: 'a.yaml:b.yaml' } })
    expect(found).toEqual({ files: ['a.yaml', 'b.yaml'], workingDir: '/srv/shop' })
  })

  test('nothing found is said as no files', () => {
    expect(find([])).toEqual({ files: [], workingDir: '/srv/shop' })
  })
})

describe('with -f', () => {
  test('the folder is that of the first, and no override is added', () => {
    const found = find(['/srv/shop/sub/a.override.yaml'], { named: ['sub/a.yaml', 'b.yaml'] })
    expect(found).toEqual({ files: ['sub/a.yaml', 'b.yaml'], workingDir: '/srv/shop/sub' })
  })

  test('standard input is against the folder one is in', () => {
    expect(find([], { named: ['-'], environment: 'staging' })).toEqual({ files: ['-'], workingDir: '/srv/shop' })
  })
})

describe('with an environment', () => {
  test('its override comes last, whichever ending it has', () => {
    const present = ['/srv/shop/compose.yaml', '/srv/shop/compose.override.yaml', '/srv/shop/compose.staging.yml']
    expect(find(present, { environment: 'staging' }).files).toEqual([
      'compose.yaml',
      'compose.override.yaml',
      'compose.staging.yml',
    ])
  })

  test('it stands beside the base file named by -f', () => {
    const found = find(['/srv/shop/sub/compose.staging.yaml'], {
      named: ['sub/compose.yaml'],
      environment: 'staging',
    })
    expect(found.files).toEqual(['sub/compose.yaml', 'sub/compose.staging.yaml'])
  })

  test('production is meant where nobody says which, unless the files are named', () => {
    const present = ['/srv/shop/compose.yaml', '/srv/shop/compose.production.yaml']
    expect(find(present).files).toEqual(['compose.yaml', 'compose.production.yaml'])
    expect(find(present, { environment: 'staging' }).files).toEqual(['compose.yaml'])
    expect(find(present, { named: ['compose.yaml'] }).files).toEqual(['compose.yaml'])
    expect(find(present, { variables: { COMPOSE_FILE: 'compose.yaml' } }).files).toEqual(['compose.yaml'])
    expect(find(present, { named: ['compose.yaml'], environment: 'production' }).files).toHaveLength(2)
  })

  test('without one there is nothing to add', () => {
    expect(find(['/srv/shop/compose.yaml'], { environment: 'staging' }).files).toEqual(['compose.yaml'])
  })
})
