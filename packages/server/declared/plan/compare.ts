import type { Field } from '../change.ts'

/** The properties that differ. One that is wanted as undefined is not looked at. */
export const compare = (
  before: Readonly<Record<string, string | undefined>>,
  after: Readonly<Record<string, string | undefined>>,
): readonly Field[] =>
  Object.entries(after).flatMap(([name, wanted]) => {
    const had = before[name]
    if (wanted === undefined || wanted === had) return []
    return [{ name, after: wanted, ...(had === undefined ? {} : { before: had }) }]
  })

/** Items of a list that come and go; the same in another order is no change. */
export const compareLists = (name: string, before: readonly string[], after: readonly string[]): readonly Field[] => [
  ...before.filter((item) => !after.includes(item)).map((item) => ({ name, before: item })),
  ...after.filter((item) => !before.includes(item)).map((item) => ({ name, after: item })),
]
