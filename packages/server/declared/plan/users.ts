import type { Change } from '../change.ts'
import type { Observed, ObservedUser } from '../observed.ts'
import type { Wanted, WantedUser } from '../wanted.ts'
import { compare, compareLists } from './compare.ts'

export const planUsers = ({ users }: Wanted, observed: Observed): readonly Change[] =>
  Object.entries(users).flatMap(([user, wanted]) => {
    const there = observed.users[user]
    if (wanted === 'absent') return there === undefined ? [] : [removeUser(user)]
    return [...planAccount(user, wanted, there), ...planKeys(user, wanted, there)]
  })

const removeUser = (user: string): Change => ({
  kind: 'remove-user',
  user,
  subject: `user ${user}`,
  fields: [{ name: 'user', before: 'present', after: 'absent' }],
  note: 'its home stays',
})

const planAccount = (user: string, wanted: WantedUser, there: ObservedUser | undefined): readonly Change[] => {
  const subject = `user ${user}`
  const fields = [
    ...compare({ login: there?.login }, { login: wanted.login }),
    ...(wanted.groups === undefined ? [] : compareLists('group', there?.groups ?? [], wanted.groups)),
  ]
  if (there === undefined) {
    const made = { name: 'user', before: 'absent', after: 'present' }
    return [{ kind: 'create-user', user, wanted, subject, fields: [made, ...fields] }]
  }
  return fields.length === 0 ? [] : [{ kind: 'change-user', user, wanted, subject, fields }]
}

const planKeys = (user: string, { keys }: WantedUser, there: ObservedUser | undefined): readonly Change[] => {
  if (keys === undefined) return []
  const fields = compareLists('key', there?.keys ?? [], keys).map(({ name, before, after }) => ({
    name,
    ...(before === undefined ? {} : { before: shortenKey(before) }),
    ...(after === undefined ? {} : { after: shortenKey(after) }),
  }))
  return fields.length === 0 ? [] : [{ kind: 'set-keys', user, keys, subject: `keys of ${user}`, fields }]
}

/** People know keys by their ends: `ssh-ed25519 ...q3Zk8xYw ann@laptop`. */
const shortenKey = (line: string): string => line.replace(/ AAAA[\w+/]+(?=[\w+/]{8}=*( |$))/, ' ...')
