import type { Build } from '../app.ts'
import { defined } from './defined.ts'
import { checkKeys } from './keys.ts'
import { buildKeys } from './section-keys.ts'
import { at, flagOf, isMapping, pairsOf, textOf, textsOf, type Source } from './source.ts'

export const buildOf = (source: Source): Build | undefined => {
  const context = textOf(source)
  if (context !== undefined) return build(source, context)
  if (!isMapping(source.value)) return undefined
  checkKeys(source, buildKeys)
  return build(source, textOf(at(source, 'context')) ?? '.')
}

const build = (source: Source, context: string): Build =>
  defined({
    context,
    dockerfile: textOf(at(source, 'dockerfile')) ?? 'Dockerfile',
    dockerfileInline: textOf(at(source, 'dockerfile_inline')),
    target: textOf(at(source, 'target')),
    args: pairsOf(at(source, 'args')),
    labels: pairsOf(at(source, 'labels')),
    extraHosts: textsOf(at(source, 'extra_hosts')),
    network: textOf(at(source, 'network')),
    platforms: textsOf(at(source, 'platforms')),
    tags: textsOf(at(source, 'tags')),
    isPulling: flagOf(at(source, 'pull')) ?? false,
    noCache: flagOf(at(source, 'no_cache')) ?? false,
  })
