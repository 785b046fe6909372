import { ask, askLines } from '../../ask.ts'
import type { Place } from '../../ask.ts'
import type { ObservedUser } from '../observed.ts'
import type { Wanted } from '../wanted.ts'

/** Of the users those that are there, with their supplementary groups, and the keys of those whose keys are declared. */
export const observeUsers = async (place: Place, wanted: Wanted['users']): Promise<Record<string, ObservedUser>> => {
  const names = Object.keys(wanted)
  if (names.length === 0) return {}
  const [accounts, groups] = await Promise.all([
    askLines(place, ['getent', 'passwd', '--', ...names]),
    askLines(place, ['getent', 'group']),
  ])
  const users: Record<string, ObservedUser> = {}
  for (const { name, login, home } of accounts.map(parseAccount)) {
    const user = wanted[name]
    const hasKeys = user !== undefined && user !== 'absent' && user.keys !== undefined
    users[name] = { login, groups: findGroups(groups, name), keys: hasKeys ? await observeKeys(place, name, home) : [] }
  }
  return users
}

// passwd(5)
export const parseAccount = (
  line: string,
): { readonly name: string; readonly login: string; readonly home: string } => {
  const [name = '', , , , , home = '', login = ''] = line.split(':')
  return { name, login, home }
}

// group(5)
export const findGroups = (lines: readonly string[], user: string): readonly string[] =>
  lines.flatMap((line) => {
    const [group = '', , , members = ''] = line.split(':')
    return members.split(',').includes(user) ? [group] : []
  })

/** Read as the user, who may have made a link of it that leads to what only root may see. */
const observeKeys = async (place: Place, name: string, home: string): Promise<readonly string[]> => {
  const { stdout } = await ask(place, [...asUser(name), 'cat', '--', keysPath(home)])
  return stdout.split('\n').flatMap((line) => (line.trim() === '' || line.startsWith('#') ? [] : [line.trim()]))
}

export const asUser = (name: string): readonly string[] => (name === 'root' ? [] : ['runuser', `--user=${name}`, '--'])

export const keysPath = (home: string): string => `${home}/.ssh/authorized_keys`
