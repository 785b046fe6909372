import { renderQuoted } from '../../compose/parsed.ts'
import { refuse, textOf, type Source } from '../source.ts'
import { shareOf, WHOLE_SHARE } from './share.ts'

const shares: Readonly<Record<string, number | undefined>> = { all: WHOLE_SHARE, none: 0, failures: undefined }

/** HttpRoute.loggedShare of `all`, `none`, `failures` or `1%`. */
export const loggedShareOf = (source: Source): number | undefined => {
  const text = textOf(source) ?? 'failures'
  if (Object.hasOwn(shares, text)) return shares[text]
  return (
    shareOf(source) ??
    refuse(
      source,
      `${renderQuoted(text)} is no part of the requests`,
      'write failures, none, all, or a part such as 1%',
    )
  )
}
