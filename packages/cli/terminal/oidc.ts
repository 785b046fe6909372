import type { Reply } from '@atoll/api'
import { renderGrants } from './grants.ts'
import { renderColumns } from './table.ts'
import { renderDuration } from './time.ts'

type Held = Reply<'getOidcSettings'>

/** What is set, one thing a line. */
export const renderOidc = (held: Held): readonly string[] =>
  renderColumns(
    [
      ['provider', held.issuer],
      ['client', `${held.clientId}${held.hasClientSecret ? '' : ', without a secret'}`],
      ...(held.authorityPem === undefined ? [] : [['trusted by', 'certificates of its own']]),
      ['comes back to', `${new URL(held.url).origin}/v1/oidc/callback`],
      ['scopes', ['openid', 'email', 'profile', ...held.scopes].join(' ')],
      ['domains', held.domains.join(', ') || 'any'],
      ...held.mappings.map(({ claim, value, grant }) => [`${claim} ${value}`, renderGrants([grant])]),
      ['session', renderDuration((held.sessionS ?? usualS) * 1000)],
    ].map((row) => row.map(String)),
  )

const usualS = 43_200
