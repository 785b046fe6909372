import type { Options } from '../options.ts'
import { changeHeaders, setKey, type Middleware } from './draft.ts'

/** Options that set a header of the response, or none when they are false. */
const flags: Readonly<Record<string, readonly [name: string, value: string]>> = {
  framedeny: ['X-Frame-Options', 'DENY'],
  contenttypenosniff: ['X-Content-Type-Options', 'nosniff'],
  browserxssfilter: ['X-XSS-Protection', '1; mode=block'],
}

const values: Readonly<Record<string, string>> = {
  contentsecuritypolicy: 'Content-Security-Policy',
  contentsecuritypolicyreportonly: 'Content-Security-Policy-Report-Only',
  customframeoptionsvalue: 'X-Frame-Options',
  custombrowserxssvalue: 'X-XSS-Protection',
  permissionspolicy: 'Permissions-Policy',
  referrerpolicy: 'Referrer-Policy',
}

export const headers: Middleware = (draft, options, label) => {
  changeHeaders(draft, 'request_headers', headersBelow(options, 'customrequestheaders.'))
  changeHeaders(draft, 'response_headers', [
    ...headersBelow(options, 'customresponseheaders.'),
    ...Object.entries(flags).flatMap(([name, header]) => (options.flag(name) === true ? [header] : [])),
    ...Object.entries(values).flatMap(([name, header]) => {
      const value = options.text(name)
      return value === undefined ? [] : [[header, value] as const]
    }),
    ...transportSecurity(options),
  ])
  if (options.flag('sslredirect') === true) draft.isSentToTls = true
  const cors = corsOf(options)
  if (cors !== undefined) setKey(draft, 'cors', { value: cors, label })
}

/** Names are as they were written, for `Options` has them in lower case. */
const headersBelow = (options: Options, prefix: string): readonly (readonly [string, string])[] =>
  options.below(prefix).map(([name, { key, value }]) => [key.slice(key.length - name.length), value.trim()] as const)

const transportSecurity = (options: Options): readonly (readonly [string, string])[] => {
  const seconds = options.text('stsseconds')
  const parts = [
    `max-age=${seconds}`,
    ...(options.flag('stsincludesubdomains') === true ? ['includeSubDomains'] : []),
    ...(options.flag('stspreload') === true ? ['preload'] : []),
  ]
  options.leave('forcestsheader', 'the header is sent with every answer')
  return seconds === undefined || seconds === '0' ? [] : [['Strict-Transport-Security', parts.join('; ')]]
}

const corsOf = (options: Options): Readonly<Record<string, unknown>> | undefined => {
  const listed = {
    origins: options.list('accesscontrolalloworiginlist'),
    methods: options.list('accesscontrolallowmethods'),
    headers: options.list('accesscontrolallowheaders'),
    expose: options.list('accesscontrolexposeheaders'),
  }
  const credentials = options.flag('accesscontrolallowcredentials')
  const maxAge = options.text('accesscontrolmaxage')
  options.flag('addvaryheader')
  const said = Object.fromEntries(Object.entries(listed).filter(([, texts]) => texts.length > 0))
  const cors = {
    ...said,
    ...(credentials === undefined ? {} : { credentials }),
    ...(maxAge === undefined ? {} : { max_age: `${maxAge}s` }),
  }
  return Object.keys(cors).length === 0 ? undefined : cors
}
