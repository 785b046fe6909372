import type { Client, Reply } from '@atoll/api'
import { CommandError } from '../errors.ts'

/** The id of a certificate: given itself, or a host that is answered with it, or a name it alone is for. CommandError `not-found`. */
export const findCertificate = async (client: Client, wanted: string, signal: AbortSignal): Promise<string> => {
  const { certificates, hosts } = await client.call('listCertificates', {}, signal)
  const known =
    certificates.find(({ id }) => id === wanted) ?? certificates.find(({ id }) => id === servedAt(hosts, wanted))
  if (known !== undefined) return known.id
  const named = certificates.filter(({ names }) => names.includes(wanted))
  const [only, ...more] = named
  if (only !== undefined && more.length === 0) return only.id
  throw new CommandError(
    'not-found',
    only === undefined
      ? `there is no certificate ${wanted}, and none for a host of that name`
      : `${wanted} is a name of several certificates: ${named.map(({ id }) => id).join(', ')}`,
    { hint: '"atoll cert ls" lists them; give an id' },
  )
}

const servedAt = (hosts: Reply<'listCertificates'>['hosts'], wanted: string): string | undefined =>
  hosts.find(({ host }) => host === wanted)?.certificate
