import type { Reply } from '@atoll/api'
import type { Palette } from './palette.ts'
import type { Screen } from './screen.ts'
import { drop, renderColumns, renderTable } from './table.ts'
import { renderDuration, renderMoment } from './time.ts'

type List = Reply<'listCertificates'>
type Host = List['hosts'][number]
type Certificate = List['certificates'][number]

interface Look {
  readonly palette: Palette
  readonly nowMs: number
}

/** Hosts of routes first, then certificates that no host needs, then why it is so. */
export const renderCertificates = ({ certificates, hosts, trouble }: List, look: Screen & Look): readonly string[] => {
  if (certificates.length === 0 && hosts.length === 0) return ['no route has a host, and no certificate is there']
  const byId = new Map(certificates.map((each) => [each.id, each]))
  const used = new Set(hosts.map(({ certificate }) => certificate))
  const rows = hosts.map((host) => rowOf(host, byId.get(host.certificate ?? ''), look))
  const idle = certificates.filter(({ id }) => !used.has(id)).map((each) => idleRow(each, look))
  const head = ['HOST', 'STATE', 'ENDS', 'ISSUER', 'CERTIFICATE', 'OF']
  return [
    ...renderTable(head, [...rows, ...idle], { ...look, spare: drop('CERTIFICATE', 'ISSUER', 'OF') }),
    ...hosts.flatMap((host) => explain(host, look)),
    ...(trouble === undefined ? [] : tellTrouble(trouble, look)),
    ...tellUnset(hosts),
  ]
}

const rowOf = (host: Host, certificate: Certificate | undefined, look: Look): readonly string[] => [
  host.host,
  renderState(host, look.palette),
  certificate === undefined ? '-' : renderEnd(certificate, look),
  certificate === undefined ? '-' : renderIssuer(certificate),
  host.certificate ?? '-',
  host.of.join(', '),
]

const idleRow = (certificate: Certificate, look: Look): readonly string[] => [
  look.palette.dim(certificate.names.join(', ')),
  look.palette.dim('no route'),
  renderEnd(certificate, look),
  renderIssuer(certificate),
  certificate.id,
  '',
]

const renderState = ({ kind, certificate }: Host, palette: Palette): string => {
  if (kind === 'served') return palette.green('good')
  if (certificate !== undefined) return palette.yellow('to be renewed')
  return kind === 'due' ? palette.yellow('asked for') : palette.red('none')
}

const renderIssuer = ({ kind, issuer }: Certificate): string => (kind === 'own' ? `${issuer}, brought` : issuer)

const soonMs = 7 * 86_400_000

/** In seven days somebody has to have seen to it. */
const renderEnd = ({ notAfterMs, kind }: Certificate, { palette, nowMs }: Look): string => {
  if (notAfterMs <= nowMs) return palette.red(`${renderDuration(nowMs - notAfterMs)} ago`)
  const left = `in ${renderDuration(notAfterMs - nowMs)}`
  return kind === 'own' && notAfterMs - nowMs < soonMs ? palette.yellow(left) : left
}

const explain = ({ host, kind, reason, atMs }: Host, { palette, nowMs }: Look): readonly string[] => {
  if (kind === 'impossible')
    return [`${palette.yellow('!')} ${host}: a wildcard is proven by the DNS; see "atoll acme set --help"`]
  if (reason === undefined) return []
  const again = atMs === undefined || atMs <= nowMs ? '' : palette.dim(`; again in ${renderDuration(atMs - nowMs)}`)
  return [`${palette.yellow('!')} ${host}: ${reason}${again}`]
}

const tellTrouble = ({ reason, atMs }: NonNullable<List['trouble']>, { palette, nowMs }: Look): readonly string[] => [
  `${palette.yellow('!')} no certificate can be had at present: ${reason}${palette.dim(`; again in ${renderDuration(atMs - nowMs)}`)}`,
]

const tellUnset = (hosts: readonly Host[]): readonly string[] =>
  hosts.some(({ kind }) => kind === 'unset')
    ? ['nobody makes certificates: "atoll acme set --mail YOU" has them made']
    : []

/** One, without its key. */
export const renderCertificate = (shown: Reply<'getCertificate'>, { palette, nowMs }: Look): readonly string[] =>
  renderColumns([
    ['certificate', shown.id],
    ['names', shown.names.join(', ')],
    ['issuer', renderIssuer(shown)],
    ['begins', renderMoment(shown.notBeforeMs)],
    ['ends', `${renderMoment(shown.notAfterMs)}, ${renderEnd(shown, { palette, nowMs })}`],
    ['fingerprint', shown.fingerprint],
    ['kept by', `${shown.by}, ${renderDuration(nowMs - shown.addedAtMs)} ago`],
    ['answers for', shown.hosts.join(', ') || 'no route'],
  ])

/** The authority that is set. */
export const renderAcme = ({
  directory,
  mail,
  rootPem,
  bindingKeyId,
  dns,
  thumbprint,
}: Reply<'getAcme'>): readonly string[] =>
  renderColumns([
    ['directory', directory],
    ['mail', mail],
    ...(rootPem === undefined ? [] : [['trusted by', 'certificates of its own']]),
    ...(bindingKeyId === undefined ? [] : [['account there', bindingKeyId]]),
    ['proof', describeProof(dns)],
    ...(dns === undefined ? [] : [['DNS', `${dns.provider} with ${dns.variables.join(', ') || 'no variables'}`]]),
    ['thumbprint', thumbprint],
  ])

const describeProof = (dns: Reply<'getAcme'>['dns']): string => {
  if (dns === undefined) return 'port 80 of the nodes; no wildcards'
  return dns.isForAll ? 'the DNS' : 'port 80 of the nodes; of wildcards the DNS'
}
