import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { parseS3 } from '@atoll/backup'
import type { S3Settings } from '@atoll/backup'
import type { Config } from '../config.ts'
import { CommandError, UsageError } from '../errors.ts'

type Values = Readonly<Record<string, string>>

/**
 * Of `s3://BUCKET/PREFIX`, with keys, region and endpoint as the tools of AWS find them: variables first, then the profile in
 * `~/.aws`. Nobody types a secret into a command line, where everybody on the machine could read it.
 */
export const readS3Settings = ({ variables }: Pick<Config, 'variables'>, url: string): S3Settings => {
  const place = parseS3(url)
  const profile = readProfile(variables)
  const region = variables['AWS_REGION'] || variables['AWS_DEFAULT_REGION'] || profile['region'] || 'us-east-1'
  const said = variables['AWS_ENDPOINT_URL_S3'] || variables['AWS_ENDPOINT_URL'] || profile['endpoint_url']
  const endpoint = said || `https://s3.${region}.amazonaws.com`
  const keys = findKeys(variables, profile)
  if (keys === undefined) throw noKeys(url)
  if (!URL.canParse(endpoint)) throw new UsageError(`${url}: its endpoint "${endpoint}" is no URL`, hint)
  return { ...place, region, endpoint, ...keys }
}

type Keys = Pick<S3Settings, 'accessKeyId' | 'secretAccessKey' | 'sessionToken'>

/** An id and a secret belong together, so both come from the same place. */
const findKeys = (variables: Values, profile: Values): Keys | undefined =>
  toKeys([variables['AWS_ACCESS_KEY_ID'], variables['AWS_SECRET_ACCESS_KEY'], variables['AWS_SESSION_TOKEN']]) ??
  toKeys([profile['aws_access_key_id'], profile['aws_secret_access_key'], profile['aws_session_token']])

const toKeys = ([accessKeyId, secretAccessKey, sessionToken]: readonly (string | undefined)[]): Keys | undefined =>
  accessKeyId && secretAccessKey
    ? { accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) }
    : undefined

const readProfile = (variables: Values): Values => {
  const name = variables['AWS_PROFILE'] || 'default'
  const folder = join(variables['HOME'] || homedir(), '.aws')
  const config = readSections(variables['AWS_CONFIG_FILE'] || join(folder, 'config'))
  const credentials = readSections(variables['AWS_SHARED_CREDENTIALS_FILE'] || join(folder, 'credentials'))
  return { ...config[name === 'default' ? name : `profile ${name}`], ...credentials[name] }
}

const readSections = (path: string): Readonly<Record<string, Values>> => {
  try {
    return parseSections(readFileSync(path, 'utf8'))
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return {}
    throw new CommandError('not-read', `read keys of S3 from ${path}: ${String(cause)}`, { cause })
  }
}

/** What is indented belongs to the line before it, and is of other services. */
const parseSections = (text: string): Readonly<Record<string, Values>> => {
  const sections: Record<string, Record<string, string>> = {}
  let section: Record<string, string> = {}
  for (const line of text.split(/\r?\n/)) {
    const name = /^\[\s*(.+?)\s*\]/.exec(line)?.[1]
    const [, key, value] = /^([\w-]+)\s*=\s*(.*?)\s*$/.exec(line) ?? []
    if (name !== undefined) section = sections[name] ??= {}
    if (key !== undefined && value !== undefined) section[key] = value
  }
  return sections
}

const hint = 'set AWS_ENDPOINT_URL_S3, such as https://s3.eu-central-1.amazonaws.com'

const noKeys = (url: string): UsageError =>
  new UsageError(
    `${url}: nobody has said with which access key`,
    'set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE of ~/.aws/credentials; AWS_REGION and AWS_ENDPOINT_URL_S3 say where',
  )
