import { describe, expect, test } from 'vitest'
import { mergeDaemonSettings, parseDaemonSettings } from './daemon-settings.ts'
import { addBootLine } from './start-engine.ts'
import { choosePool } from './swarm.ts'

describe('daemon.json', () => {
  const ours = mergeDaemonSettings({})

  test('of nothing is ours, and merged once more stays as it is', () => {
    expect(ours).toMatchObject({ isChanged: true, kept: [], settings: { 'log-driver': 'local' } })
    const again = mergeDaemonSettings(parseDaemonSettings('here', JSON.stringify(ours.settings)))
    expect(again).toEqual({ settings: ours.settings, isChanged: false, kept: [] })
  })

  test('loses nothing that stands there', () => {
    const present = { 'registry-mirrors': ['https://mirror.example'], 'log-driver': 'journald', 'live-restore': false }
    const { settings, kept } = mergeDaemonSettings(present)
    expect(settings).toEqual({ ...present, 'default-address-pools': ours.settings['default-address-pools'] })
    expect(kept).toEqual(['log-driver'])
  })

  test.each(['[]', '{"a":', 'null'])('that is no object is refused: %s', (text) => {
    expect(() => parseDaemonSettings('root@a', text)).toThrow('root@a: /etc/docker/daemon.json is no JSON object')
  })
})

describe('rc.local', () => {
  const line = 'start-stop-daemon --start --oknodo --background --exec /usr/sbin/dockerd --output /var/log/dockerd.log'
  test.each([
    ['', `#!/bin/sh\n${line}\n`],
    ['#!/bin/sh -e\nifup eth1\nexit 0\n', `#!/bin/sh -e\nifup eth1\n${line}\nexit 0\n`],
    ['#!/bin/sh\n# dockerd\nifup eth1\n', `#!/bin/sh\n# dockerd\nifup eth1\n${line}\n`],
  ])('%j gets our line', (text, expected) => {
    const added = addBootLine(text, '/usr/sbin/dockerd')
    expect(added).toBe(expected)
    expect(addBootLine(added ?? '', '/usr/sbin/dockerd')).toBeUndefined()
  })
})

test('networks of the Swarm are not where the servers are', () => {
  const at = (address: string) => [{ device: 'eth0', address, isPrivate: true }]
  expect(choosePool(at('10.0.0.5'))).toBe('10.200.0.0/16')
  expect(choosePool(at('10.200.3.5'))).toBe('10.40.0.0/16')
})
