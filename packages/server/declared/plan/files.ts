import type { Change, Field } from '../change.ts'
import type { Observed, ObservedFile } from '../observed.ts'
import type { Wanted, WantedFile } from '../wanted.ts'
import { compare } from './compare.ts'

export const planFiles = (files: Wanted['files'], observed: Pick<Observed, 'files'>): readonly Change[] =>
  Object.entries(files).flatMap(([path, file]): readonly Change[] => {
    const there = observed.files[path]
    const subject = `file ${path}`
    if (file === 'absent') {
      const fields = [{ name: 'file', before: 'present', after: 'absent' }]
      return there === undefined ? [] : [{ kind: 'remove-file', path, subject, fields }]
    }
    const fields = compareFile(there, file)
    return fields.length === 0 ? [] : [{ kind: 'write-file', path, file, subject, fields }]
  })

const compareFile = (there: ObservedFile | undefined, file: WantedFile): readonly Field[] =>
  compare(
    there === undefined
      ? { file: 'absent' }
      : {
          file: there.type,
          content: showContent(there.sha256),
          owner: there.owner,
          group: there.group,
          mode: there.mode,
        },
    {
      file: 'regular file',
      content: showContent(file.sha256),
      owner: file.owner,
      group: file.group,
      mode: file.mode,
    },
  )

/** Not the content itself: it may be a secret, and this is printed and kept in logs. */
const showContent = (sha256: string | undefined): string | undefined =>
  sha256 === undefined ? undefined : `sha256 ${sha256.slice(0, 12)}`
