import { expect, test } from 'vitest'
import { hasNewerKernel, isOfEngine, parseUpgrade } from './parse-upgrade.ts'

const simulated = `NOTE: This is only a simulation!
Inst base-files [12.4+deb12u11] (12.4+deb12u15 Debian:12.15/oldstable [amd64])
Conf base-files (12.4+deb12u15 Debian:12.15/oldstable [amd64])
Inst linux-image-6.1.0-40-amd64 (6.1.153-1 Debian:12.15/oldstable [amd64])
Inst docker.io [20.10.24+dfsg1-1+b3] (20.10.24+dfsg1-1+deb12u1 Debian:12.15/oldstable, Debian-Security:12 [amd64]) []
0 upgraded, 0 newly installed, 0 to remove and 3 not upgraded.
`

test('what would be upgraded is what would be installed, and what is new has no version before', () => {
  const found = parseUpgrade(simulated)
  expect(found).toEqual([
    { name: 'base-files', from: '12.4+deb12u11', to: '12.4+deb12u15' },
    { name: 'linux-image-6.1.0-40-amd64', to: '6.1.153-1' },
    { name: 'docker.io', from: '20.10.24+dfsg1-1+b3', to: '20.10.24+dfsg1-1+deb12u1' },
  ])
  expect(found.map(isOfEngine)).toEqual([false, false, true])
  expect(parseUpgrade('')).toEqual([])
})

test.each<[string, readonly string[], string, boolean]>([
  ['the one that runs is the newest', ['6.1.0-9-amd64', '6.1.0-40-amd64'], '6.1.0-40-amd64', false],
  ['a newer one is there, by number and not by letter', ['6.1.0-9-amd64', '6.1.0-40-amd64'], '6.1.0-9-amd64', true],
  ['the newer one is of another kind', ['6.1.0-9-amd64', '6.1.0-40-cloud-amd64'], '6.1.0-9-amd64', false],
  ['that of a container is elsewhere', [], '6.1.0-9-amd64', false],
  ['the kernel is of the provider', ['6.1.0-40-amd64'], '6.8.0-generic', false],
])('a boot is needed for a kernel, or not: %s', (_, installed, running, wanted) => {
  expect(hasNewerKernel(installed, running)).toBe(wanted)
})
