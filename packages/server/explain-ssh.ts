import { ServerError } from './errors.ts'

interface Explanation {
  readonly said: RegExp
  readonly code: 'unreachable' | 'not-let-in' | 'host-key'
  readonly retry: boolean
  readonly words: string
  readonly hint: string
}

// What OpenSSH prints on standard error; the first that fits.
const explanations: readonly Explanation[] = [
  {
    said: /REMOTE HOST IDENTIFICATION HAS CHANGED/,
    code: 'host-key',
    retry: false,
    words: 'its host key is another than the one known: it was set up anew, or somebody else answers',
    hint: 'compare its key with what the server itself shows; only then "ssh-keygen -R HOST", and log in once by hand',
  },
  {
    said: /Host key verification failed|No \S+ host key is known/,
    code: 'host-key',
    retry: false,
    words: 'its host key is not known here',
    hint: 'log in once by hand with ssh, compare the fingerprint with what the server shows, and say yes',
  },
  {
    // In brackets stand the ways in that it offers; `publickey` is the one we can take.
    said: /Permission denied \((?![^)]*publickey)[^)]*\)/,
    code: 'not-let-in',
    retry: false,
    words: 'it lets nobody in by key, by password alone',
    hint:
      'log in by hand, put your public key into /root/.ssh/authorized_keys there, and let sshd take keys: "PubkeyAuthentication yes" ' +
      'and "PermitRootLogin prohibit-password" in /etc/ssh/sshd_config, then "systemctl reload ssh"',
  },
  {
    said: /Permission denied \([^)]*\)/,
    code: 'not-let-in',
    retry: false,
    words: 'it does not let us in by key',
    hint:
      'put your public key there ("ssh-copy-id HOST"), or name the key with --identity; for root its sshd needs ' +
      '"PermitRootLogin prohibit-password"',
  },
  {
    said: /Too many authentication failures/,
    code: 'not-let-in',
    retry: false,
    words: 'it was offered too many keys before the right one',
    hint: 'name the right one with --identity',
  },
  {
    said: /Could not resolve hostname/,
    code: 'unreachable',
    retry: false,
    words: 'there is no such name',
    hint: 'check the spelling, or give the address',
  },
  {
    said: /Connection refused/,
    code: 'unreachable',
    retry: true,
    words: 'nobody listens for ssh there',
    hint: 'start sshd, or give its port in ssh\'s configuration ("Port" in ~/.ssh/config)',
  },
  {
    said: /timed out|No route to host|Network is unreachable/,
    code: 'unreachable',
    retry: true,
    words: 'no answer from there',
    hint: 'is it on, is the address right, and does a firewall let port 22 through?',
  },
]

/** The error of an ssh that ended with 255, from what it said on standard error. */
export function explainSsh(server: string, stderr: string): ServerError {
  const found = explanations.find(({ said }) => said.test(stderr))
  const last = stderr.trim().split('\n').at(-1)?.trim() ?? ''
  if (found === undefined) {
    const message = `${server}: the connection by ssh broke${last === '' ? '' : `: ${last}`}`
    return new ServerError(message, { code: 'unreachable', retry: true, hint: `try "ssh ${server}" by hand` })
  }
  const { code, retry, words, hint } = found
  return new ServerError(`${server}: ${words} (ssh: ${last})`, { code, retry, hint })
}
