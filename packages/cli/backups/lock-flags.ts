import { parseIdentity, requireRecipient } from '@atoll/backup'
import type { Unlock } from '@atoll/backup'
import type { Cli } from '../cli.ts'
import { UsageError } from '../errors.ts'
import { choosePassword, givePassword, readTextFile } from '../platform/ask.ts'
import type { ChosenLock } from './save-backup.ts'

export const passphraseFlags = {
  passphrase: {
    kind: 'boolean',
    brief: 'By a passphrase, which is asked for',
    default: false,
    withNegated: false,
  },
  passphraseFile: {
    kind: 'parsed',
    parse: String,
    optional: true,
    brief: 'The same, from a file; "-" is standard input',
    placeholder: 'path',
  },
} as const
export type PassphraseFlags = {
  readonly passphrase: boolean
  readonly passphraseFile?: string
}

export const recipientFlag = {
  recipient: {
    kind: 'parsed',
    parse: String,
    variadic: true,
    optional: true,
    brief: 'Public key of age that it is for; repeat for more',
    placeholder: 'key',
  },
} as const

export const unlockFlags = {
  identity: {
    kind: 'parsed',
    parse: String,
    optional: true,
    brief: 'File with the identity that opens it, as "atoll backup key" wrote it; "-" is standard input',
    placeholder: 'path',
  },
  ...passphraseFlags,
} as const
export type UnlockFlags = PassphraseFlags & { readonly identity?: string }

export type LockFlags = PassphraseFlags & { readonly recipient?: readonly string[] }

export const chooseLock = async (cli: Cli, flags: LockFlags): Promise<ChosenLock> => {
  const { recipient: recipients, passphrase: isAsked, passphraseFile: path } = flags
  const hasPassphrase = isAsked || path !== undefined
  if (recipients !== undefined && hasPassphrase) {
    throw new UsageError('--recipient and a passphrase: a file is for keys or for a passphrase, not for both')
  }
  if (recipients !== undefined) {
    recipients.forEach(requireRecipient)
    return { kind: 'recipients', recipients }
  }
  if (!hasPassphrase) return { kind: 'settings' }
  const passphrase = await choosePassword(cli, { path, flag: '--passphrase-file' })
  if (passphrase.length >= 12) return { kind: 'passphrase', passphrase }
  throw new UsageError('the passphrase is short: whoever has the file may try for years', 'take 12 characters or more')
}

export const chooseUnlock = async (cli: Cli, flags: UnlockFlags): Promise<Unlock> => {
  const { identity, passphrase: isAsked, passphraseFile: path } = flags
  if (identity !== undefined) {
    return { kind: 'identity', identity: parseIdentity(readTextFile(cli, identity), identity) }
  }
  if (path === undefined && !isAsked) {
    throw new UsageError('nobody has said what opens the backup', 'say --identity FILE, or --passphrase')
  }
  return { kind: 'passphrase', passphrase: await givePassword(cli, path, 'Passphrase of the backup') }
}
