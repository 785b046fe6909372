import { ServerError } from './errors.ts'
import type { Ran } from './server.ts'

/** Of `id -u`. Throws ServerError `not-root`. */
export function requireRoot(server: string, { status, stdout, stderr }: Ran): void {
  if (status === 0 && stdout.trim() === '0') return
  if (status === 0) {
    throw new ServerError(`${server}: that is user ${stdout.trim()} there, not root`, {
      code: 'not-root',
      retry: false,
      hint: 'log in as root@HOST: put your key into /root/.ssh/authorized_keys there',
    })
  }
  throw new ServerError(`${server}: "id -u" ended with status ${status}: ${stderr.trim()}`, {
    code: 'command-failed',
    retry: false,
    hint: 'the login there must give an ordinary shell',
  })
}
