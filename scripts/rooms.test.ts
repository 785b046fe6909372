import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'

const root = dirname(import.meta.dirname)
const rooms = readdirSync(join(root, 'packages'))
const pureRooms = ['spec', 'plan', 'api']

interface Import {
  readonly file: string
  readonly specifier: string
}

const folder = (room: string): string => join(root, 'packages', room)

function importsOf(room: string): Import[] {
  const files = globSync('**/*.ts', { cwd: folder(room) }).filter((file) => !file.includes('node_modules'))
  return files.flatMap((file) => {
    const text = readFileSync(join(folder(room), file), 'utf8')
    const specifiers = text.matchAll(
      /(?:^|\n)\s*(?:import|export)[^'"\n]*?(?:\n[^'"]*?)?from '([^']+)'|import\('([^']+)'\)/g,
    )
    return [...specifiers].map((match) => ({ file: join(folder(room), file), specifier: match[1] ?? match[2] ?? '' }))
  })
}

/** By room: looking for cycles asks for them thousands of times. */
const known = new Map<string, string[]>()

function arrowsOf(room: string): string[] {
  const arrows = known.get(room) ?? readArrows(room)
  known.set(room, arrows)
  return arrows
}

function readArrows(room: string): string[] {
  const names = importsOf(room).flatMap(({ specifier }) => /^@atoll\/([a-z]+)/.exec(specifier)?.[1] ?? [])
  return [...new Set(names)].filter((name) => name !== room)
}

function declaredBy(room: string): string[] {
  const manifest = JSON.parse(readFileSync(join(folder(room), 'package.json'), 'utf8')) as Record<
    string,
    Record<string, string>
  >
  return Object.keys({ ...manifest['dependencies'], ...manifest['devDependencies'] })
}

describe.each(rooms)('room %s', (room) => {
  test('is entered by its name, never by a path', () => {
    const escapes = importsOf(room).filter(
      ({ file, specifier }) =>
        specifier.startsWith('.') && relative(folder(room), resolve(dirname(file), specifier)).startsWith('..'),
    )
    expect(escapes).toEqual([])
  })

  test('declares every room it knows', () => {
    const declared = declaredBy(room)
    expect(arrowsOf(room).filter((name) => !declared.includes(`@atoll/${name}`))).toEqual([])
  })

  test('says in its README what it is for, and why it has each dependency from outside', () => {
    const readme = readFileSync(join(folder(room), 'README.md'), 'utf8')
    const outside = declaredBy(room).filter((name) => !/^@(?:atoll|types)\//.test(name))
    expect(outside.filter((name) => !readme.includes(`\`${name}\``))).toEqual([])
  })

  test('switches no rule off for a line or a file', () => {
    const files = globSync('**/*.ts', { cwd: folder(room) }).filter((file) => !file.includes('node_modules'))
    const exceptions = /(?:ox|es)lint-disable|@ts-(?:ignore|expect-error|nocheck)/
    expect(files.filter((file) => exceptions.test(readFileSync(join(folder(room), file), 'utf8')))).toEqual([])
  })
})

test.each(pureRooms)('pure room %s knows no effects', (room) => {
  expect(arrowsOf(room).filter((name) => !pureRooms.includes(name))).toEqual([])
})

test('arrows between rooms have no cycle', () => {
  const reaches = (from: string, seen: readonly string[]): string[] =>
    arrowsOf(from).flatMap((to) => (seen.includes(to) ? [[...seen, to].join(' -> ')] : reaches(to, [...seen, to])))
  expect(rooms.flatMap((room) => reaches(room, [room]))).toEqual([])
})

test('links in the documents lead somewhere', () => {
  const documents = globSync(['*.md', 'docs/**/*.md', 'packages/*/README.md'], { cwd: root })
  const broken = documents.flatMap((document) =>
    [...readFileSync(join(root, document), 'utf8').matchAll(/\]\((?!https?:|#)([^)#]+)/g)]
      .map((match) => match[1] ?? '')
      .filter((target) => !existsSync(resolve(root, dirname(document), target)))
      .map((target) => `${document}: ${target}`),
  )
  expect(broken).toEqual([])
})

test('paths in the documents are there', () => {
  const documents = globSync(['*.md', 'docs/**/*.md', 'packages/*/README.md'], { cwd: root })
  const absent = documents.flatMap((document) =>
    [...readFileSync(join(root, document), 'utf8').matchAll(/`((?:packages|docs|bench|scripts|bin)\/[\w./-]+)`/g)]
      .map((match) => match[1] ?? '')
      .filter((path) => !/[A-Z]{3}/.test(path) && !existsSync(join(root, path)))
      .map((path) => `${document}: ${path}`),
  )
  expect(absent).toEqual([])
})
