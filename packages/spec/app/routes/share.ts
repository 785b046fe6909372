import { textOf, type Source } from '../source.ts'

/** Of all requests. */
export const WHOLE_SHARE = 10_000

/** Of 10,000, as `1%`, `0.25%` or `100%` say it; undefined of what is none, and of nothing at all. */
export const shareOf = (source: Source): number | undefined => {
  const [, percent] = /^(\d{1,3}(?:\.\d{1,2})?)%$/.exec(textOf(source) ?? '') ?? []
  const share = Math.round(Number(percent) * (WHOLE_SHARE / 100))
  return share > 0 && share <= WHOLE_SHARE ? share : undefined
}
