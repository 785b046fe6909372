import type { Parsed, Reply } from '@atoll/api'
import { createAccountKey, thumbprintOf } from '@atoll/certificates'
import type { Account, Challenges } from '@atoll/certificates'
import type { Document } from '@atoll/store'
import type { Seals, World } from '../control.ts'
import { notFound } from '../errors.ts'
import { accountName, collections, onlyId } from './records.ts'
import type { AcmeRecord, WatchRecord } from './records.ts'
import { openAcme, sealAcme } from './seals.ts'

type Change = Parsed<'changeAcme', 'body'>

export const findAcme = (
  { documents }: { readonly documents: Pick<World['documents'], 'find'> },
  signal: AbortSignal,
): Promise<Document<AcmeRecord> | undefined> => documents.find<AcmeRecord>(collections.acme, onlyId, signal)

/** ControlError `not-found` where nobody has set any. */
export const getAcme = async (world: Pick<World, 'documents'>, signal: AbortSignal): Promise<Document<AcmeRecord>> => {
  const found = await findAcme(world, signal)
  if (found === undefined) throw notFound('no authority is set; an owner sets one with "atoll acme set"')
  return found
}

/** What is kept of a change. The key of the account stays: nodes answer by it. */
export const toRecord = (seals: Seals, change: Change, before: AcmeRecord | undefined): AcmeRecord => {
  const { directory, mail, rootPem, binding, dns } = change
  const accountKeyPem = before === undefined ? createAccountKey() : openAcme(seals, before).accountKeyPem
  const { sealedKey, sealedHmacKey, sealedVariables } = sealAcme(seals, {
    accountKeyPem,
    ...(binding === undefined ? {} : { hmacKey: binding.secretHmacKey }),
    ...(dns === undefined ? {} : { variables: dns.variables }),
  })
  return {
    directory,
    mail,
    ...(rootPem === undefined ? {} : { rootPem }),
    ...(binding === undefined ? {} : { binding: { keyId: binding.keyId, sealedHmacKey } }),
    ...(dns === undefined ? {} : { dns: { ...dns, variables: Object.keys(dns.variables).sort(), sealedVariables } }),
    sealedKey,
    thumbprint: thumbprintOf(accountKeyPem),
  }
}

/** Without what may not be told. */
export const describeAcme = (record: AcmeRecord): Omit<Reply<'getAcme'>, 'revision'> => {
  const { sealedKey: _, binding, dns, ...told } = record
  return {
    ...told,
    ...(binding === undefined ? {} : { bindingKeyId: binding.keyId }),
    ...(dns === undefined ? {} : { dns: describeDns(dns) }),
  }
}

const describeDns = (dns: NonNullable<AcmeRecord['dns']>): NonNullable<Reply<'getAcme'>['dns']> => {
  const { sealedVariables: _, ...told } = dns
  return told
}

/** As lego is given it. Throws SealError. */
export const openAccount = (
  seals: Pick<Seals, 'open'>,
  record: AcmeRecord,
  { registration }: Pick<WatchRecord, 'registration'>,
): Account => {
  const { accountKeyPem, hmacKey, variables = {} } = openAcme(seals, record)
  const { directory, mail, rootPem, binding, dns } = record
  return {
    directory,
    mail,
    keyPem: accountKeyPem,
    ...(rootPem === undefined ? {} : { rootPem }),
    ...(binding === undefined || hmacKey === undefined ? {} : { binding: { keyId: binding.keyId, hmacKey } }),
    ...(dns === undefined ? {} : { dns: { ...dns, name: dns.provider, variables } }),
    ...(registration?.of === accountName(record) ? { registration: registration.text } : {}),
  }
}

export const challengesOf = ({ dns }: Pick<AcmeRecord, 'dns'>): Challenges => {
  if (dns === undefined) return 'http'
  return dns.isForAll ? 'dns' : 'http-and-dns'
}
