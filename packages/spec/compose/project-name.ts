import { nameOf } from './file-path.ts'
import type { Node } from './node.ts'
import { findEntry } from './node.ts'
import type { Report } from './problem-list.ts'
import { interpolate } from './template.ts'
import type { Lookup } from './template.ts'

export interface NameSources {
  /** `--project-name`. */
  readonly chosen: string | undefined
  readonly documents: readonly Node[]
  readonly workingDir: string
  readonly lookup: Lookup
}

/**
 * The project's name: the one chosen, then COMPOSE_PROJECT_NAME, then the last `name:` of the files, then the folder's.
 * A name chosen must be right; one found is made right.
 */
export const chooseProjectName = ({ chosen, documents, workingDir, lookup }: NameSources, report: Report): string => {
  const wanted = chosen ?? (lookup('COMPOSE_PROJECT_NAME') || undefined)
  if (wanted !== undefined) {
    if (normalizeName(wanted) === wanted && wanted !== '') return wanted
    const where = chosen === undefined ? 'the variable COMPOSE_PROJECT_NAME' : '--project-name'
    const message = `${where}: "${wanted}" is no project name`
    report({ at: NOWHERE, message, hint: 'use lower-case letters, digits, - and _, beginning with a letter or digit' })
    return 'project'
  }
  const named = documents.flatMap((document) => {
    const name = findEntry(document, 'name')
    const filled =
      name?.kind === 'scalar' && typeof name.value === 'string' ? interpolate(name.value, lookup) : undefined
    return filled?.kind === 'ok' && filled.value !== '' ? [filled.value] : []
  })
  return normalizeName(named.at(-1) ?? '') || normalizeName(nameOf(workingDir)) || 'project'
}

/** A flag or a variable stands in no file. */
const NOWHERE = { path: '', line: 0, column: 0 }

const normalizeName = (name: string): string =>
  name
    .toLowerCase()
    .replace(/[^a-z0-9_-]/g, '')
    .replace(/^[_-]+/, '')
