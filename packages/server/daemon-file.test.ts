import { expect, test } from 'vitest'
import { readDaemonSettings, writeDaemonSettings } from './daemon-file.ts'
import { openTestPlace, say } from './test-files.ts'

const settings = { 'log-driver': 'local' }

test.each([
  ['an engine that finds them good', say('configuration OK\n')],
  ['one that is too old to be asked', say('', { status: 125, stderr: 'unknown flag: --validate' })],
  ['no engine yet', say('', { status: 127, stderr: "env: 'dockerd': No such file or directory" })],
])('settings are written, and nothing beside them, with %s', async (_, answer) => {
  const place = openTestPlace(([program]) => (program === 'dockerd' ? answer : undefined))
  expect(await readDaemonSettings(place)).toEqual({})
  await writeDaemonSettings(place, settings)
  expect(await readDaemonSettings(place)).toEqual(settings)
  expect([...place.files.keys()]).toEqual(['/etc/docker/daemon.json'])
})

test('what an engine refuses is not written, and it says why', async () => {
  const refusal = say('', { status: 1, stderr: 'unable to configure: invalid logging driver' })
  const place = openTestPlace(([program]) => (program === 'dockerd' ? refusal : undefined))
  place.files.set('/etc/docker/daemon.json', '{"debug": true}')
  await expect(writeDaemonSettings(place, settings)).rejects.toMatchObject({
    code: 'command-failed',
    message: 'root@a: dockerd refuses the settings: unable to configure: invalid logging driver',
  })
  expect([...place.files]).toEqual([['/etc/docker/daemon.json', '{"debug": true}']])
})
