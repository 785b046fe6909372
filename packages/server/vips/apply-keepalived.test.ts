import { expect, test } from 'vitest'
import { openTestPlace, say } from '../test-files.ts'
import { applyKeepalived } from './apply-keepalived.ts'
import { configurationPath, renderKeepalived } from './render-keepalived.ts'
import type { Vip } from './vip.ts'

const members = [1, 2].map((at) => ({ id: `${at}`, name: `node-${at}`, interface: 'eth0', address: `192.0.2.${at}` }))
const vip: Vip = { address: '192.0.2.10', prefixLength: 24, routerId: 7, isEveryNode: true, members }
const text = renderKeepalived('1', [vip]) ?? ''

const openServer = ({ hasSystemd = true, refuses = false } = {}) => {
  const state = { isRunning: false, isAtBoot: false, starts: 0, reloads: 0 }
  const start = () => Object.assign(state, { isRunning: true, starts: state.starts + 1 })
  const place = openTestPlace((argv) => {
    const line = argv.join(' ')
    if (line === 'test -d /run/systemd/system') return say('', { status: hasSystemd ? 0 : 1 })
    if (line.startsWith('start-stop-daemon --status')) return say('', { status: state.isRunning ? 0 : 3 })
    if (line.includes('--config-test')) return say('', refuses ? { status: 4, stderr: 'no such interface' } : {})
    if (line === 'systemctl restart keepalived' || line === '/etc/init.d/keepalived start') start()
    if (/^(systemctl|\/etc\/init.d\/keepalived) reload/.test(line)) state.reloads += 1
    if (/^systemctl enable|^update-rc.d keepalived enable/.test(line)) state.isAtBoot = true
    if (/^systemctl disable|^update-rc.d keepalived disable/.test(line)) state.isAtBoot = false
    if (/^systemctl disable .*--now|^start-stop-daemon --stop/.test(line)) state.isRunning = false
    // As an answer comes by ssh.
    if (argv[0] === 'cat' && place.files.has(argv[1] ?? ''))
      return say((place.files.get(argv[1] ?? '') ?? '').trimEnd())
    if (argv[0] === 'rm') for (const path of argv.slice(1)) place.files.delete(path)
    return argv[0] === 'rm' ? say('') : undefined
  })
  return { place, state }
}

test.each([true, false])(
  'starts it once, reloads it for another text, and leaves nothing (systemd: %s)',
  async (hasSystemd) => {
    const { place, state } = openServer({ hasSystemd })
    expect(await applyKeepalived(place, text)).toBe(true)
    expect(state).toEqual({ isRunning: true, isAtBoot: true, starts: 1, reloads: 0 })
    expect(place.files.get(configurationPath)).toBe(text)
    expect(await applyKeepalived(place, text)).toBe(false)
    expect(await applyKeepalived(place, renderKeepalived('1', [{ ...vip, routerId: 8 }]))).toBe(true)
    expect(state).toMatchObject({ starts: 1, reloads: 1 })
    expect(await applyKeepalived(place, undefined)).toBe(true)
    expect(state).toMatchObject({ isRunning: false, isAtBoot: false })
    expect([...place.files.keys()]).toEqual([])
    expect(await applyKeepalived(place, undefined)).toBe(false)
  },
)

test('starts it where it does not run, although the text is as it should be', async () => {
  const { place, state } = openServer()
  await applyKeepalived(place, text)
  state.isRunning = false
  expect(await applyKeepalived(place, text)).toBe(true)
  expect(state).toMatchObject({ isRunning: true, starts: 2 })
})

test('what keepalived refuses is never in its place', async () => {
  const { place, state } = openServer({ refuses: true })
  await expect(applyKeepalived(place, text)).rejects.toMatchObject({
    code: 'command-failed',
    message: expect.stringContaining('no such interface') as string,
  })
  expect(place.files.has(configurationPath)).toBe(false)
  expect(state.isRunning).toBe(false)
})

test("what is somebody else's is left", async () => {
  const { place, state } = openServer()
  place.files.set(configurationPath, 'vrrp_instance old {\n}\n')
  state.isRunning = true
  expect(await applyKeepalived(place, undefined)).toBe(false)
  expect(state.isRunning).toBe(true)
  expect(place.files.has(configurationPath)).toBe(true)
})
