import { expect, test } from 'vitest'
import { openTestPlace, say } from '../test-files.ts'
import { clearUpgrade, isMarked, markUpgrade } from './mark.ts'
import { observeUpgrade } from './observe-upgrade.ts'
import { upgradeServer } from './upgrade-server.ts'

const inst = 'Inst docker.io [1] (2 Debian:12 [amd64])\n'

/** A Debian with an old Docker. */
const openDebian = ({ wantsBoot = false, hasSystemd = true, cannotBoot = false } = {}) => {
  const state = { isOld: true, version: '1', installed: '1', isBroken: false, boots: 0, restarts: 0 }
  const place = openTestPlace((argv) => {
    const line = argv.join(' ')
    if (line === 'dpkg --audit') return say(state.isBroken ? ' docker.io  containers\n' : '')
    if (argv[0] === 'apt-get' && argv.includes('--simulate')) return say(state.isOld ? inst : '')
    if (argv[0] === 'apt-get' && argv.includes('upgrade')) Object.assign(state, { isOld: false, isBroken: false })
    if (line === 'test -d /run/systemd/system') return say('', { status: hasSystemd ? 0 : 1 })
    if (line === 'test -e /run/reboot-required') return say('', { status: wantsBoot && !state.isOld ? 0 : 1 })
    if (line.startsWith('docker version')) return say(state.version)
    if (line === 'dockerd --version') return say(`Docker version ${state.installed}, build 5d6db84\n`)
    if (line === 'uname -r') return say('6.1.0-9-amd64\n')
    if (line === 'cat /proc/1/stat')
      return say('1 (a (strange) init) S 0 1 1 0 -1 5 6 7 8 9 10 11 12 13 20 0 1 0 77 9\n')
    if (line === 'cat /proc/sys/kernel/random/boot_id') return say('abc\n')
    if (line.endsWith('reboot')) {
      if (cannotBoot) return say('', { status: 1, stderr: 'no' })
      state.boots += 1
    }
    if (line === 'systemctl restart docker') state.restarts += 1
    return argv[0] === 'test' ? say('', { status: place.files.has(argv.at(-1) ?? '') ? 0 : 1 }) : undefined
  })
  const upgrade = async (reboot: 'auto' | 'always' | 'never') => {
    const facts = await observeUpgrade(place)
    return upgradeServer(place, { facts, reboot, onStep: () => {}, onLine: () => {} })
  }
  return { place, state, upgrade }
}

test('what is old is seen and nothing is changed', async () => {
  const { place, state } = openDebian({ wantsBoot: true })
  const packages = [{ name: 'docker.io', from: '1', to: '2' }]
  expect(await observeUpgrade(place)).toMatchObject({ packages, engineVersion: '1', needsReboot: false })
  expect(state).toMatchObject({ isOld: true, boots: 0, restarts: 0 })
})

test('Docker is started anew when it is another, and the server when that is wanted', async () => {
  const plain = openDebian()
  expect(await plain.upgrade('auto')).toEqual({ isRebootLeft: false })
  expect(plain.state).toMatchObject({ isOld: false, boots: 0, restarts: 1 })
  expect(await plain.upgrade('auto')).toEqual({ isRebootLeft: false })
  expect(plain.state).toMatchObject({ boots: 0, restarts: 1 })
  const wanting = openDebian({ wantsBoot: true })
  expect(await wanting.upgrade('auto')).toEqual({ bootMark: 'abc 77', isRebootLeft: false })
  expect(wanting.state).toMatchObject({ boots: 1, restarts: 0 })
})

test('a boot is made when it is said, and left when it is forbidden', async () => {
  const always = openDebian()
  expect(await always.upgrade('always')).toMatchObject({ bootMark: 'abc 77' })
  const never = openDebian({ wantsBoot: true })
  expect(await never.upgrade('never')).toEqual({ isRebootLeft: true })
  expect(never.state).toMatchObject({ boots: 0, restarts: 1 })
  const stuck = openDebian({ wantsBoot: true, hasSystemd: false, cannotBoot: true })
  await expect(stuck.upgrade('auto')).rejects.toMatchObject({ message: 'root@a: reboot it: no' })
})

test('Docker is started anew when another is installed than the one that runs, or when it does not run', async () => {
  const late = openDebian()
  Object.assign(late.state, { isOld: false, installed: '2' })
  await late.upgrade('auto')
  expect(late.state.restarts).toBe(1)
  Object.assign(late.state, { version: '' })
  await late.upgrade('auto')
  expect(late.state.restarts).toBe(2)
})

test('what is half installed is finished, also where nothing is old', async () => {
  const { place, state, upgrade } = openDebian()
  Object.assign(state, { isOld: false, isBroken: true })
  expect(await observeUpgrade(place)).toMatchObject({ isBroken: true, packages: [] })
  await upgrade('auto')
  expect(await observeUpgrade(place)).toMatchObject({ isBroken: false })
})

test('that an upgrade has drained the node is known on the server until it is done', async () => {
  const { place } = openDebian()
  expect(await isMarked(place)).toBe(false)
  await markUpgrade(place)
  expect(await isMarked(place)).toBe(true)
  await clearUpgrade(place)
  expect(await isMarked(place)).toBe(false)
})
