import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { rootCertificates } from 'node:tls'
import type { Account } from './order.ts'

/** A folder as lego wants it, with the account in it. Gone at the end, whatever came of it. */
export interface LegoFolder extends AsyncDisposable {
  readonly path: string
  /** Where challenges are written, for nobody: the ingress answers by the account alone. */
  readonly webroot: string
  /** Certificates everybody trusts: the platform's image has none beside Node's own. */
  readonly roots: string
  /** Those to trust the directory by, when they are others. */
  readonly directoryRoots?: string
  readonly readRegistration: () => Promise<string | undefined>
  /** Of the first name of the order. */
  readonly readIssued: (name: string) => Promise<{ readonly chainPem: string; readonly keyPem: string }>
}

export const openLegoFolder = async (account: Account): Promise<LegoFolder> => {
  const path = await mkdtemp(join(tmpdir(), `atoll-lego-${process.pid}-`))
  await chmod(path, 0o700)
  const own = join(path, 'accounts', new URL(account.directory).host.replaceAll(':', '_'), account.mail)
  const [webroot, roots, registration] = [join(path, 'webroot'), join(path, 'roots.pem'), join(own, 'account.json')]
  await mkdir(webroot)
  await mkdir(join(own, 'keys'), { recursive: true })
  await writeFile(join(own, 'keys', `${account.mail}.key`), account.keyPem, { mode: 0o600 })
  await writeFile(roots, rootCertificates.join('\n'))
  const directoryRoots = join(path, 'directory.pem')
  if (account.rootPem !== undefined) await writeFile(directoryRoots, account.rootPem)
  if (account.registration !== undefined) await writeFile(registration, account.registration)
  const issued = (name: string, ending: string): Promise<string> =>
    readFile(join(path, 'certificates', `${name.replace('*', '_')}.${ending}`), 'utf8')
  return {
    path,
    webroot,
    roots,
    ...(account.rootPem === undefined ? {} : { directoryRoots }),
    readRegistration: () => readFile(registration, 'utf8').catch(() => undefined),
    readIssued: async (name) => ({ chainPem: await issued(name, 'crt'), keyPem: await issued(name, 'key') }),
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  }
}
