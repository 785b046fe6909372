import { execFile } from 'node:child_process'
import type { LegoFolder } from './folder.ts'
import type { Account, DnsProvider } from './order.ts'

export interface LegoRun {
  readonly program: string
  readonly folder: LegoFolder
  readonly account: Account
  readonly names: readonly string[]
  readonly challenge: 'http' | 'dns'
}

export interface LegoEnd {
  readonly isDone: boolean
  /** What it said, without what may not be known. */
  readonly output: string
}

/** A name takes six seconds when all is well; records in the DNS take minutes to spread. */
const timeouts = { atLeastMs: 120_000, perNameMs: 30_000, dnsMs: 900_000 } as const
const maxOutputBytes = 1_000_000

/**
 * Runs lego until it ends. It is given nothing of this process's environment, so that what it does follows from the order
 * alone. Throws when there is no such program, or the signal comes.
 */
export const runLego = (run: LegoRun, signal: AbortSignal): Promise<LegoEnd> =>
  new Promise((resolve, reject) => {
    const { names, challenge, account } = run
    const timeout = timeouts.atLeastMs + names.length * (challenge === 'dns' ? timeouts.dnsMs : timeouts.perNameMs)
    const options = { env: environmentOf(run), cwd: run.folder.path, timeout, maxBuffer: maxOutputBytes, signal }
    execFile(run.program, [...argvOf(run)], options, (error, stdout, stderr) => {
      const said = mask(`${stdout}\n${stderr}`, secretsOf(account))
      if (error === null) resolve({ isDone: true, output: said })
      else if (typeof error.code === 'number') resolve({ isDone: false, output: said })
      else if (error.killed === true && !signal.aborted)
        resolve({ isDone: false, output: `${said}\ntime limit exceeded` })
      else reject(error)
    })
  })

const argvOf = ({ folder, account, names, challenge }: LegoRun): readonly string[] => {
  const { directory, mail, binding, dns } = account
  const who = ['--accept-tos', '--server', directory, '--email', mail]
  const bound = binding === undefined ? [] : ['--eab', '--kid', binding.keyId, '--hmac', binding.hmacKey]
  const proof = challenge === 'dns' && dns !== undefined ? dnsFlags(dns) : ['--http', '--http.webroot', folder.webroot]
  const what = ['--path', folder.path, '--key-type', 'ec256', ...names.flatMap((name) => ['--domains', name])]
  return [...who, ...bound, ...proof, ...what, 'run']
}

const dnsFlags = ({ name, resolvers, isUnchecked }: DnsProvider): readonly string[] => {
  const asked = resolvers.flatMap((resolver) => ['--dns.resolvers', resolver])
  return ['--dns', name, ...asked, ...(isUnchecked ? ['--dns.disable-cp'] : [])]
}

const environmentOf = ({ folder, account, challenge }: LegoRun): Readonly<Record<string, string>> => ({
  ...(challenge === 'dns' ? account.dns?.variables : {}),
  SSL_CERT_FILE: folder.roots,
  ...(folder.directoryRoots === undefined ? {} : { LEGO_CA_CERTIFICATES: folder.directoryRoots }),
})

/** Shorter ones are numbers and names, which would make holes everywhere. */
const leastCharacters = 6

const secretsOf = ({ binding, dns }: Account): readonly string[] =>
  [...Object.values(dns?.variables ?? {}), ...(binding === undefined ? [] : [binding.hmacKey])].filter(
    (value) => value.length >= leastCharacters,
  )

const mask = (text: string, secrets: readonly string[]): string =>
  secrets.reduce((masked, secret) => masked.replaceAll(secret, '***'), text)
