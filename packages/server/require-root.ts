import { ServerError } from './errors.ts'
import type { Ran } from './server.ts'

const letRootIn = '"sudo install -D -m 600 ~/.ssh/authorized_keys /root/.ssh/authorized_keys"'

/** Of `id -u`. Throws ServerError `not-root`. */
export function requireRoot(server: string, { status, stdout, stderr }: Ran): void {
  if (status === 0 && stdout.trim() === '0') return
  if (status === 0) {
    throw new ServerError(`${server}: that is user ${stdout.trim()} there, not root`, {
      code: 'not-root',
      retry: false,
      hint: `log in as root@HOST; who may use sudo there lets the same key in as root: ${letRootIn}`,
    })
  }
  // Images of clouds let root in only to say who logs in instead; that is on standard output.
  const said = [stdout, stderr].map((text) => text.trim()).find((text) => text !== '') ?? 'it says nothing'
  throw new ServerError(`${server}: "id -u" ended with status ${status}: ${said}`, {
    code: 'command-failed',
    retry: false,
    hint:
      'the login there must give an ordinary shell: no "command=" before the key in authorized_keys. Where another user is ' +
      `named, log in as that by hand and let the same key in as root: ${letRootIn}`,
  })
}
