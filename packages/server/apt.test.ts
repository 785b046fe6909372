import { expect, test } from 'vitest'
import { installPackages } from './apt.ts'
import { openTestPlace, say } from './test-files.ts'

/** A server that knows packages once it has fetched the lists, and has one that is half installed. */
const openDebian = (known: readonly string[]) => {
  const state = { hasLists: false, isBroken: true, installed: [] as string[] }
  const place = openTestPlace((argv) => {
    if (argv[0] === 'dpkg') return say('', { status: 1 })
    if (argv[0] !== 'apt-get') return undefined
    if (argv.includes('update')) state.hasLists = true
    if (argv.includes('--fix-broken')) state.isBroken = false
    if (!argv.includes('--')) return say('')
    const names = argv.slice(argv.indexOf('--') + 1)
    const lacking = names.find((name) => !state.hasLists || !known.includes(name))
    if (state.isBroken || lacking !== undefined) {
      return say('', { status: 100, stderr: `E: Unable to locate package ${lacking}` })
    }
    state.installed.push(...names)
    return say('')
  })
  return { place, state }
}

test('packages are installed where lists are missing and another is half installed', async () => {
  const { place, state } = openDebian(['less'])
  await installPackages(place, ['less'])
  expect(state).toMatchObject({ isBroken: false, installed: ['less'] })
})

test('what cannot be installed is said in the words of apt', async () => {
  const { place, state } = openDebian(['less'])
  const refused = installPackages(place, ['more'], { hint: 'look there' })
  await expect(refused).rejects.toMatchObject({
    code: 'command-failed',
    message: expect.stringMatching(
      /^root@a: install more: "apt-get .* status 100: E: Unable to locate package more$/,
    ) as string,
    hint: 'look there',
  })
  expect(state.installed).toEqual([])
})
