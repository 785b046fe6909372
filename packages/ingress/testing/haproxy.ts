import { access, constants } from 'node:fs/promises'

/** Path of Debian's HAProxy. */
export const haproxy = async (): Promise<string> => {
  const path = '/usr/sbin/haproxy'
  await access(path, constants.X_OK).catch((cause: unknown) => {
    throw new Error(`${path}: not there; run "apt-get install haproxy"`, { cause })
  })
  return path
}
