import type { HeaderChanges, HttpRoute } from '@atoll/spec'
import { quote, quoteFormat } from './quote.ts'

/** What the app gets in the place of the path that was asked for. */
export const renderPathChange = ({ match, rewrite }: HttpRoute): readonly string[] => {
  if (rewrite === undefined) return []
  // What was compared is what is changed.
  const plain = '  http-request set-path %[var(txn.path)]'
  switch (match.path.kind) {
    case 'exact':
      return [`  http-request set-path ${quoteFormat(rewrite === '' ? '/' : rewrite)}`]
    case 'regex':
      return [plain, replacePath(match.path.pattern, rewrite)]
    case 'prefix': {
      const prefix = match.path.path === '/' ? '' : match.path.path
      const told = prefix === '' ? [] : [`  http-request set-header x-forwarded-prefix ${quoteFormat(prefix)}`]
      const isGone = rewrite === '' || rewrite === '/'
      return [
        ...told,
        plain,
        isGone
          ? replacePath(`${escapePattern(prefix)}(?:/(.*))?`, '/\\1')
          : replacePath(`${escapePattern(prefix)}(/.*)?`, `${rewrite}\\1`),
      ]
    }
  }
}

const replacePath = (pattern: string, path: string): string =>
  `  http-request replace-path ${quote(`^(?:${pattern})$`)} ${quoteFormat(path)}`

const escapePattern = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')

/**
 * `Forwarded` of RFC 7239, with who the client is and nothing of what was said before: whom a trusted proxy has told of in
 * `X-Forwarded-For` is the client. An address of IPv6 stands in brackets and quotes.
 */
export const renderForwarded = ({ isForwardedTold }: HttpRoute): readonly string[] => {
  if (isForwardedTold !== true) return []
  const rest = `host="%[var(txn.host),regsub('[^a-z0-9._-]',_,g)]";proto=%[var(txn.proto)]`
  return [
    `  http-request set-header forwarded ${quote(`for=%[src];${rest}`)} if { src 0.0.0.0/0 }`,
    `  http-request set-header forwarded ${quote(`for="[%[src]]";${rest}`)} if !{ src 0.0.0.0/0 }`,
  ]
}

/** Changes of requests, and of responses also where the ingress itself answers. */
export const renderHeaders = ({ requestHeaders, responseHeaders }: HttpRoute): readonly string[] => [
  ...renderChanges('http-request', requestHeaders),
  ...renderChanges('http-after-response', responseHeaders),
]

const renderChanges = (rules: string, { remove, set, add }: HeaderChanges): readonly string[] => [
  ...remove.map((name) => `  ${rules} del-header ${name}`),
  ...Object.entries(set).map(([name, value]) => `  ${rules} set-header ${name} ${quoteFormat(value)}`),
  ...Object.entries(add).map(([name, value]) => `  ${rules} add-header ${name} ${quoteFormat(value)}`),
]
