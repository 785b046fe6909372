import { createHash } from 'node:crypto'
import { RequestSigner } from 'aws4'

export interface SentRequest {
  readonly method: string
  /** With its query. */
  readonly path: string
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: Buffer
}

export interface Keys {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly region: string
}

const authorization =
  /^AWS4-HMAC-SHA256 Credential=([^/]+)\/\d{8}\/([^/]+)\/s3\/aws4_request, SignedHeaders=([^,]+), Signature=[0-9a-f]{64}$/
const mustBeSigned = ['host', 'x-amz-content-sha256', 'x-amz-date']
const mostAgeMs = 15 * 60_000

/**
 * For tests: the code S3 refuses a request with, undefined when it would be taken. The signature is computed anew by another
 * author's program than the one that signs.
 */
export const judgeSignature = (request: SentRequest, keys: Keys, nowMs: number): string | undefined => {
  const { headers, body } = request
  const read = (name: string): string => String(headers[name] ?? '')
  const [, id, region = '', names = ''] = authorization.exec(read('authorization')) ?? []
  if (id === undefined) return 'AccessDenied'
  if (id !== keys.accessKeyId) return 'InvalidAccessKeyId'
  if (region !== keys.region) return 'AuthorizationHeaderMalformed'
  const signed = names.split(';')
  if (mustBeSigned.some((name) => !signed.includes(name))) return 'AccessDenied'
  if (read('x-amz-content-sha256') !== createHash('sha256').update(body).digest('hex')) {
    return 'XAmzContentSHA256Mismatch'
  }
  const datetime = read('x-amz-date')
  if (Math.abs(nowMs - toTime(datetime)) > mostAgeMs) return 'RequestTimeTooSkewed'
  const own = Object.fromEntries(signed.map((name) => [name, read(name)]))
  return sign({ ...request, headers: own }, { ...keys, datetime }) === read('authorization')
    ? undefined
    : 'SignatureDoesNotMatch'
}

const toTime = (datetime: string): number =>
  Date.parse(datetime.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'))

const sign = (
  { method, path, headers, body }: SentRequest,
  { region, datetime, ...credentials }: Keys & { readonly datetime: string },
): string => {
  const request = { service: 's3', region, method, path, headers: { ...headers }, body, doNotModifyHeaders: true }
  const signer = new RequestSigner(request, credentials)
  signer.datetime = datetime
  signer.prepareRequest()
  return signer.authHeader()
}
