import { describe, expect, it } from 'vitest'
import { chooseGarbage } from './choose-garbage.ts'
import type { GarbageRules } from './choose-garbage.ts'
import type { StoredContainer, StoredImage } from './inventory.ts'
import { repositoryOf } from './inventory.ts'

const hourMs = 3_600_000
const dayMs = 24 * hourMs
const nowMs = 100 * dayMs
const digest = (letter: string): string => `sha256:${letter.repeat(64)}`

const image = (letter: string, change: Partial<StoredImage> = {}): StoredImage => ({
  id: digest(letter),
  tags: [],
  digests: [`r:5000/shop/web@${digest(letter)}`],
  bytes: 1_000,
  createdAtMs: nowMs - dayMs,
  ...change,
})

const container = (id: string, change: Partial<StoredContainer> = {}): StoredContainer => ({
  id,
  name: id,
  imageId: '',
  state: 'running',
  labels: {},
  createdAtMs: nowMs - dayMs,
  ...change,
})

const task = (id: string, ageMs: number, slot = 'shop_web.1'): StoredContainer =>
  container(id, {
    state: 'exited',
    createdAtMs: nowMs - ageMs,
    labels: {
      'atoll.app': 'shop',
      'com.docker.swarm.task.id': id,
      'com.docker.swarm.task.name': `${slot}.${id}`,
    },
  })

const claims = { needed: [], repositories: ['r:5000/shop/web'] }

interface Kept {
  readonly images?: readonly StoredImage[]
  readonly containers?: readonly StoredContainer[]
}

/** Ids that would go. */
const choose = (
  { images = [], containers = [] }: Kept,
  rules: Partial<GarbageRules> = { claims },
): readonly string[] => {
  const chosen = chooseGarbage({ images, containers }, { nowMs, ...rules })
  return [...chosen.images, ...chosen.containers].filter(({ isGarbage }) => isGarbage).map(({ thing }) => thing.id)
}

describe('an image', () => {
  it('that no service and no kept release has goes', () => {
    expect(choose({ images: [image('a')] })).toEqual([digest('a')])
  })

  it.each([
    ['a digest with a name', `r:5000/shop/web:1@${digest('a')}`],
    ['an id', digest('a')],
  ])('that is needed by %s stays', (_how, needed) => {
    expect(choose({ images: [image('a')] }, { claims: { ...claims, needed: [needed] } })).toEqual([])
  })

  it('that is needed by its tag stays', () => {
    const tagged = image('a', { tags: ['shop/web:1'], digests: [] })
    expect(choose({ images: [tagged] }, { claims: { ...claims, needed: ['shop/web:1'] } })).toEqual([])
  })

  it('that a container has stays, also when that does not run', () => {
    const containers = [container('c', { imageId: digest('a'), state: 'exited' })]
    expect(choose({ images: [image('a')], containers })).toEqual([])
  })

  it('goes together with the last container of it', () => {
    const old = { ...task('t4', 5 * hourMs), imageId: digest('a') }
    const containers = [task('t1', hourMs), task('t2', 2 * hourMs), task('t3', 3 * hourMs), old]
    expect(choose({ images: [image('a')], containers })).toEqual([digest('a'), 't4'])
  })

  it('with a tag stays: somebody may have brought it by hand', () => {
    expect(choose({ images: [image('a', { tags: ['shop/web:1'] })] })).toEqual([])
  })

  it('that we have built or brought goes by its tag, unless somebody gave it another, or it may be new', () => {
    const built = image('a', { tags: ['r:5000/gone/web:production'], builtFor: 'r:5000/gone/web' })
    expect(choose({ images: [built] })).toEqual([digest('a')])
    const needed = { ...claims, needed: [digest('a')] }
    expect(choose({ images: [built] }, { claims: needed })).toEqual([])
    expect(choose({ images: [{ ...built, createdAtMs: nowMs - 60_000 }] })).toEqual([])
    expect(choose({ images: [{ ...built, tags: [...built.tags, 'mine:1'] }] })).toEqual([])
    expect(choose({ images: [{ ...built, tags: ['base-on-it:1'] }] })).toEqual([])
    const platform = image('b', { tags: ['atoll-system:0123456789ab'], digests: [], createdAtMs: 0 })
    expect(choose({ images: [platform] })).toEqual([])
    const memory = new Map([[digest('b'), { lastUsedAtMs: 0, isOurs: true }]])
    expect(choose({ images: [platform] }, { claims, memory })).toEqual([digest('b')])
    expect(choose({ images: [platform] }, { claims: { ...claims, needed: [digest('b')] }, memory })).toEqual([])
  })

  it('of a repository that no release has named stays, unless a task of ours ran it', () => {
    const foreign = image('a', { digests: [`postgres@${digest('a')}`] })
    expect(choose({ images: [foreign] })).toEqual([])
    const memory = new Map([[digest('a'), { lastUsedAtMs: 0, isOurs: true }]])
    expect(choose({ images: [foreign] }, { claims, memory })).toEqual([digest('a')])
  })

  it('stays while nobody can say which are needed, with a name or without', () => {
    const memory = new Map([[digest('a'), { lastUsedAtMs: 0, isOurs: true }]])
    expect(choose({ images: [image('a'), image('b', { digests: [] })] }, { memory })).toEqual([])
  })

  it('that nothing names goes, unless a build may just have made it', () => {
    const dangling = image('a', { digests: [] })
    expect(choose({ images: [dangling] })).toEqual([digest('a')])
    expect(choose({ images: [{ ...dangling, createdAtMs: nowMs - 60_000 }] })).toEqual([])
    expect(choose({ images: [dangling] }, { claims: { ...claims, needed: [digest('a')] } })).toEqual([])
  })
})

describe('a budget', () => {
  const lastUse = (daysAgo: number) => ({ lastUsedAtMs: nowMs - daysAgo * dayMs, isOurs: true })
  const images = [image('a'), image('b'), image('c'), image('d')]
  const memory = new Map([
    [digest('a'), lastUse(30)],
    [digest('b'), lastUse(8)],
    [digest('c'), lastUse(3)],
    [digest('d'), lastUse(20)],
  ])

  it('keeps what was used last, and gives up the rest when it was not used for long', () => {
    const budget = { bytes: 2_000, idleMs: 7 * dayMs }
    expect(choose({ images }, { claims, memory, budget }).toSorted()).toEqual([digest('a'), digest('d')])
    expect(choose({ images }, { claims, memory, budget: { ...budget, bytes: 0 } })).not.toContain(digest('c'))
    expect(choose({ images }, { claims, memory, budget: { ...budget, bytes: 10_000 } })).toEqual([])
  })
})

describe('a container that has ended', () => {
  it('of a task goes when three of its slot are newer', () => {
    const containers = [5, 2, 4, 3].map((hours) => task(`t${hours}`, hours * hourMs))
    expect(choose({ containers: [...containers, task('other', 9 * hourMs, 'shop_web.2')] })).toEqual(['t5'])
  })

  it('stays when it is new, however many there are', () => {
    expect(choose({ containers: [1, 2, 3, 4, 5].map((minutes) => task(`t${minutes}`, minutes * 60_000)) })).toEqual([])
  })

  it('stays when it is no task of an app', () => {
    const containers = [1, 2, 3, 4, 5].map((hours) => container(`c${hours}`, { state: 'exited' }))
    const foreign = [1, 2, 3, 4, 5].map((hours) => {
      const { 'atoll.app': _, ...labels } = task('x', 0).labels
      return { ...task(`f${hours}`, hours * 2 * hourMs), labels }
    })
    expect(choose({ containers: [...containers, ...foreign] })).toEqual([])
  })

  it('of a copied volume goes after a day', () => {
    const labels = { 'atoll.volume-access': 'data' }
    const made = (id: string, ageMs: number) => container(id, { state: 'created', labels, createdAtMs: nowMs - ageMs })
    expect(choose({ containers: [made('old', 2 * dayMs), made('new', hourMs)] })).toEqual(['old'])
  })

  it('never goes while it runs', () => {
    const running = [1, 2, 3, 4, 5].map((hours) => ({ ...task(`t${hours}`, hours * 2 * hourMs), state: 'running' }))
    expect(choose({ containers: running })).toEqual([])
  })
})

it.each([
  ['127.0.0.1:5000/shop/web:1@sha256:ab12', '127.0.0.1:5000/shop/web'],
  ['docker.io/library/postgres:16', 'postgres'],
  ['postgres', 'postgres'],
  ['sha256:ab12', undefined],
])('%s is of the repository %s', (reference, repository) => {
  expect(repositoryOf(reference)).toBe(repository)
})
