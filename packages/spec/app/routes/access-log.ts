import { renderQuoted } from '../../compose/parsed.ts'
import { refuse, textOf, type Source } from '../source.ts'

const whole = 10_000
const shares: Readonly<Record<string, number | undefined>> = { all: whole, none: 0, failures: undefined }

/** HttpRoute.loggedShare of `all`, `none`, `failures` or `1%`. */
export const loggedShareOf = (source: Source): number | undefined => {
  const text = textOf(source) ?? 'failures'
  if (Object.hasOwn(shares, text)) return shares[text]
  const [, percent] = /^(\d{1,3}(?:\.\d{1,2})?)%$/.exec(text) ?? []
  const share = Math.round(Number(percent) * (whole / 100))
  if (share > 0 && share <= whole) return share
  return refuse(
    source,
    `${renderQuoted(text)} is no part of the requests`,
    'write failures, none, all, or a part such as 1%',
  )
}
