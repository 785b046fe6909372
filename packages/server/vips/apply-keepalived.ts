import { installPackages } from '../apt.ts'
import { ask, order } from '../ask.ts'
import type { Place } from '../ask.ts'
import { readText, writeText } from '../files.ts'
import type { RunOptions } from '../server.ts'
import {
  checkPath,
  checkText,
  configurationPath,
  isOurs,
  isSame,
  movesFolder,
  notePath,
  noteText,
} from './render-keepalived.ts'

const program = '/usr/sbin/keepalived'
// keepalived 2.2 ends itself by SIGTERM after a configuration that is good, which ssh would take for a broken connection.
const lookText = 'my $ended = system(@ARGV); exit($ended == 0 || $ended == 15 ? 0 : 1)'
const beside = '/etc/keepalived/atoll-next.conf'

/** The package, where it is not there. It starts nothing as long as there is no configuration. */
export const installKeepalived = async (place: Place, options: Pick<RunOptions, 'onLine'> = {}): Promise<void> => {
  if ((await ask(place, ['test', '-x', program])).status === 0) return
  await installPackages(place, ['keepalived'], options)
}

/**
 * Brings a server to a configuration, which keepalived looks at before it is in its place, and has it running, now and at each boot.
 * Undefined: none, and so that nothing of ours is left but the package. Says whether anything was changed. ServerError.
 */
export const applyKeepalived = async (place: Place, configuration: string | undefined): Promise<boolean> => {
  const before = await readText(place, configurationPath)
  if (configuration === undefined) return clear(place, before)
  const isRunning = (await ask(place, ['start-stop-daemon', '--status', '--exec', program])).status === 0
  if (isSame(before, configuration) && isRunning) return false
  await writeText(place, checkPath, checkText, '755')
  await writeText(place, notePath, noteText, '755')
  await writeText(place, beside, configuration)
  await order(place, ['perl', '-e', lookText, program, '--config-test', '--use-file', beside], {
    doing: 'have keepalived look at what it gets',
  })
  await order(place, ['mv', '--no-target-directory', '--', beside, configurationPath])
  await start(place, isRunning)
  return true
}

const hasServiceManager = async (place: Place): Promise<boolean> =>
  (await ask(place, ['test', '-d', '/run/systemd/system'])).status === 0

const start = async (place: Place, isRunning: boolean): Promise<void> => {
  const doing = 'start keepalived'
  if (await hasServiceManager(place)) {
    await order(place, ['systemctl', 'enable', '--quiet', 'keepalived'], { doing })
    await order(place, ['systemctl', isRunning ? 'reload' : 'restart', 'keepalived'], { doing })
    return
  }
  await order(place, ['update-rc.d', 'keepalived', 'enable'], { doing })
  await order(place, ['/etc/init.d/keepalived', isRunning ? 'reload' : 'start'], { doing })
}

/** Also what a configuration has left that was refused. */
const clear = async (place: Place, before: string): Promise<boolean> => {
  const isOther = before.trim() !== '' && !isOurs(before)
  if (isOther) return false
  if (before !== '') await stop(place)
  await order(place, ['rm', '--force', '--', configurationPath, checkPath, notePath, beside])
  await order(place, ['rm', '--recursive', '--force', '--', movesFolder])
  return before !== ''
}

/** It gives up what it holds as it stops, so another takes that at once. */
const stop = async (place: Place): Promise<void> => {
  const doing = 'stop keepalived'
  if (await hasServiceManager(place)) {
    await order(place, ['systemctl', 'disable', '--quiet', '--now', 'keepalived'], { doing })
    return
  }
  // Its first process alone: that would start the others anew.
  const first = ['--pidfile', '/run/keepalived.pid', '--exec', program]
  await order(place, ['start-stop-daemon', '--stop', '--oknodo', '--retry', 'TERM/20', ...first], { doing })
  await order(place, ['update-rc.d', 'keepalived', 'disable'], { doing })
}
