import { chooseContainers } from './choose-containers.ts'
import type { ImageMemory, Inventory, StoredContainer, StoredImage } from './inventory.ts'
import { digestOf, platformRepository, repositoryOf } from './inventory.ts'
import type { ImageClaims, PruneItem } from './storage.ts'

export interface GarbageRules {
  readonly nowMs: number
  /** Absent: nobody could say what is needed. */
  readonly claims?: ImageClaims
  /** By id of the image. */
  readonly memory?: ReadonlyMap<string, ImageMemory>
  /** What may stay although nobody needs it; absent: nothing. */
  readonly budget?: { readonly idleMs: number; readonly bytes: number }
}

export interface Chosen {
  readonly images: readonly Choice<StoredImage>[]
  readonly containers: readonly Choice<StoredContainer>[]
}

export interface Choice<Thing> {
  readonly thing: Thing
  readonly isGarbage: boolean
  readonly why: string
}

/** A build that runs has images nothing names yet. */
const freshMs = 3_600_000

/**
 * What may go, and why the rest stays. Never what a container uses, what is needed, what has a tag that we have not given, or
 * what no release of ours ever named. Images that a container uses are not told of.
 */
export const chooseGarbage = ({ images, containers }: Inventory, rules: GarbageRules): Chosen => {
  const chosen = chooseContainers(containers, rules.nowMs)
  const gone = new Set(chosen.filter(({ isGarbage }) => isGarbage).map(({ thing }) => thing.id))
  const used = new Set(containers.filter(({ id }) => !gone.has(id)).map(({ imageId }) => imageId))
  const judge = createJudge(rules)
  const judged = images.filter(({ id }) => !used.has(id)).map((thing) => ({ thing, ...judge(thing) }))
  return { images: keepBudget(judged, rules), containers: chosen }
}

const describeImage = ({ id, tags, digests }: StoredImage): string =>
  tags[0] ?? digests[0] ?? id.slice('sha256:'.length, 'sha256:'.length + 12)

export const toItem = ({ thing, why }: Choice<StoredImage>): PruneItem => ({
  kind: 'image',
  name: describeImage(thing),
  bytes: thing.bytes,
  why,
})

interface Judgement {
  readonly isGarbage: boolean
  readonly why: string
}

const stays = (why: string): Judgement => ({ isGarbage: false, why })
const goes = (why: string): Judgement => ({ isGarbage: true, why })

const createJudge = ({ claims, memory, nowMs }: GarbageRules): ((image: StoredImage) => Judgement) => {
  const needed = new Set(claims?.needed.flatMap((reference) => [reference, digestOf(reference) ?? reference]))
  const repositories = new Set(claims?.repositories)
  const isNeeded = ({ id, digests, tags }: StoredImage): boolean =>
    needed.has(id) ||
    digests.some((digest) => needed.has(digestOf(digest) ?? '')) ||
    tags.some((tag) => needed.has(tag))
  const isOurs = ({ id, digests }: StoredImage): boolean =>
    memory?.get(id)?.isOurs === true || digests.some((digest) => repositories.has(repositoryOf(digest) ?? ''))
  const isBuilt = ({ tags, builtFor }: StoredImage): boolean =>
    builtFor !== undefined && tags.every((tag) => repositoryOf(tag) === builtFor)
  // One that was never run here may have come for a release that is only about to begin.
  const isOldPlatform = ({ id, tags }: StoredImage): boolean =>
    memory?.get(id)?.isOurs === true && tags.every((tag) => repositoryOf(tag) === platformRepository)
  const isFresh = ({ createdAtMs }: StoredImage): boolean => nowMs - createdAtMs <= freshMs
  return (image) => {
    // One without a name may be needed by its id, and no registry gives it again.
    if (claims === undefined) return stays('it is not known which images are needed: no control could say')
    if (isNeeded(image)) return stays('a service or a release that one can go back to has it')
    if (image.tags.length > 0) {
      if (isOldPlatform(image)) return goes('no service and no kept release has this version of the platform')
      if (!isBuilt(image)) return stays('it has a tag, so somebody may have brought it here by hand')
      return isFresh(image)
        ? stays('it may be of a build that runs')
        : goes('no service and no kept release has this build')
    }
    if (image.digests.length === 0) {
      return isFresh(image) ? stays('it may be of a build that runs') : goes('nothing names it')
    }
    return isOurs(image) ? goes('no service and no kept release has it') : stays('no release of ours has named it')
  }
}

/** Of what nobody needs the budget stays, what was used last first, and all that was used lately. */
const keepBudget = (
  judged: readonly Choice<StoredImage>[],
  { budget, memory, nowMs }: GarbageRules,
): readonly Choice<StoredImage>[] => {
  if (budget === undefined) return judged
  const lastUse = ({ thing }: Choice<StoredImage>): number => memory?.get(thing.id)?.lastUsedAtMs ?? nowMs
  let roomBytes = budget.bytes
  return judged
    .toSorted((a, b) => lastUse(b) - lastUse(a))
    .map((choice) => {
      if (!choice.isGarbage) return choice
      roomBytes -= choice.thing.bytes
      if (roomBytes >= 0) return { ...choice, ...stays('there is room for images that nobody needs') }
      return nowMs - lastUse(choice) < budget.idleMs ? { ...choice, ...stays('it was used lately') } : choice
    })
}
