import { ControlError } from './errors.ts'

/**
 * Who changes something says which revision was looked at, so that nobody undoes another's change unseen. ControlError
 * `changed` or `if-match-missing`.
 */
export const requireRevision = (
  { id, revision }: { readonly id: string; readonly revision: number },
  ifMatch: string | undefined,
): void => {
  if (ifMatch === `"${revision}"`) return
  const hint = `look at ${id} again, then send If-Match with the revision, as "${revision}"`
  if (ifMatch !== undefined) throw new ControlError('changed', `${id} was changed meanwhile`, { status: 412, hint })
  throw new ControlError('if-match-missing', 'the header If-Match is needed here', { status: 428, hint })
}
