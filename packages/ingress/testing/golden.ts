import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { render } from '../render.ts'
import type { Configuration, HostCertificate, IngressSettings, RouteTable } from '../table.ts'
import { endpointsAt, environmentOf, sampleSettings } from './table.ts'

/** Compose files whose configurations are kept beside them, to be looked at. */
export const goldenFolder = join(import.meta.dirname, '../golden')

export const goldenNames = globSync('*.yaml', { cwd: goldenFolder })
  .map((file) => file.replace('.yaml', ''))
  .sort()

const withTls = { https: { port: 443 } }

/** Where a file is about the node, not about its routes. */
const settings: Readonly<Record<string, Partial<IngressSettings & RouteTable>>> = {
  'behind-proxies': { ...withTls, trustedProxies: ['192.0.2.0/24', '10.0.0.1'], addresses: ['0.0.0.0', '::'] },
  'proxy-protocol': { ...withTls, trustedProxies: ['192.0.2.0/24'], isProxyProtocolExpected: true },
  'with-acme': { ...withTls, acmeThumbprint: 'LPJNul-wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ' },
  probed: { ...withTls, probeToken: 'a-word-that-nobody-knows' },
  'without-tls': {},
}

const endpoints = {
  web: endpointsAt('10.0.0.1', '10.0.0.2', '2001:db8::1', '10.0.0.4'),
  next: [{ id: 'a', address: '10.0.1.1', state: 'draining' } as const, ...endpointsAt('10.0.1.2')],
}

/** The authority that a compose file names. */
export const sampleAuthority =
  readFileSync(join(goldenFolder, 'client-certificates.yaml'), 'utf8')
    .match(/-----BEGIN[^]*END CERTIFICATE-----/)?.[0]
    .replaceAll(/^ +/gm, '') ?? ''

const sampleCertificates: readonly HostCertificate[] = [
  { host: '*.example.org', pem: 'a certificate with its key\n', isPublic: true },
]

/** `certificates` in the place of those that are none; `runFolder` in the place of one that is not there. */
export const renderGolden = (
  name: string,
  { certificates = sampleCertificates, ...change }: Partial<IngressSettings & RouteTable> = {},
): Configuration => {
  const text = readFileSync(join(goldenFolder, `${name}.yaml`), 'utf8')
  const environment = environmentOf(text, { endpoints })
  const own = { ...sampleSettings, ...(settings[name] ?? withTls) }
  const all = { ...own, ...(own.https === undefined ? { ...change, https: undefined } : change) }
  const { https, acmeThumbprint, ...rest } = all
  const table = { environments: [environment], certificates, ...(acmeThumbprint && { acmeThumbprint }) }
  return render(table, https === undefined ? rest : { ...rest, https })
}
