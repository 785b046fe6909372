import { ask, order } from '../../ask.ts'
import type { Work } from '../apply.ts'
import { asUser, keysPath, parseAccount } from '../observe/users.ts'
import type { WantedUser } from '../wanted.ts'
import { usualLogin } from '../texts.ts'
import { provenWayIn } from './way-back.ts'
import { writeFile } from '../../files.ts'

/** A user without a password: nobody signs in with one, yet the account is not locked, which would keep keys out too. */
export const createUser = async (
  work: Work,
  user: string,
  { groups = [], login = usualLogin }: WantedUser,
): Promise<void> => {
  const more = groups.length === 0 ? [] : [`--groups=${groups.join(',')}`]
  await order(work, ['useradd', '--create-home', `--shell=${login}`, '--password=*', ...more, user])
}

export const changeUser = async (work: Work, user: string, { groups, login }: WantedUser): Promise<void> => {
  const changes = [
    ...(groups === undefined ? [] : [`--groups=${groups.join(',')}`]),
    ...(login === undefined ? [] : [`--shell=${login}`]),
  ]
  await order(work, ['usermod', ...changes, user])
}

export const removeUser = async (work: Work, user: string): Promise<void> => {
  await order(work, ['userdel', user])
}

/** Written as the user, so that no link in a home leads root elsewhere. Those of root are proven by coming in once more. */
export const setKeys = async (work: Work, user: string, keys: readonly string[]): Promise<void> => {
  const { home } = parseAccount(await order(work, ['getent', 'passwd', user]))
  const as = asUser(user)
  const path = keysPath(home)
  const bytes = new TextEncoder().encode(keys.map((key) => `${key}\n`).join(''))
  const write = (): Promise<void> => writeFile(work, path, { bytes, owner: user, group: user, mode: '600', as })
  const folder = path.slice(0, path.lastIndexOf('/'))
  if ((await ask(work, [...as, 'test', '-d', folder])).status !== 0) {
    await order(work, [...as, 'install', '--directory', '--mode=700', folder])
  }
  if (user !== 'root') return write()
  const hadSome = (await ask(work, ['test', '-e', path])).status === 0
  const before = (folder: string): string => `${folder}/keys`
  const risk = {
    what: 'the keys of root',
    keep: async (folder: string) => {
      if (hadSome) await order(work, ['cp', '--preserve', '--', path, before(folder)])
    },
    back: (folder: string) => (hadSome ? ['install', '--mode=600', before(folder), path] : ['rm', '--force', path]),
  }
  await provenWayIn(work, risk, write)
}
