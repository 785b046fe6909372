import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { readS3Settings } from './s3-settings.ts'

const home = mkdtempSync(join(tmpdir(), 'atoll-s3-settings-'))
afterAll(() => rmSync(home, { recursive: true }))
mkdirSync(join(home, '.aws'))
writeFileSync(
  join(home, '.aws/credentials'),
  '[default]\naws_access_key_id = one\naws_secret_access_key = first = secret\n\n[vault]\naws_access_key_id=two\naws_secret_access_key=second\naws_session_token=short\n[half]\naws_access_key_id=three\n',
)
writeFileSync(
  join(home, '.aws/config'),
  '# of all\n[default]\nregion = eu-central-1\n[profile vault]\nregion=eu-west-3\nendpoint_url=https://s3.example.org\ns3 =\n    endpoint_url = https://other.example.org\n',
)

const read = (variables: Readonly<Record<string, string>> = {}, url = 's3://backups/of/shop') =>
  readS3Settings({ variables: { HOME: home, ...variables } }, url)

describe('the keys of a bucket', () => {
  test('are those of the profile, with its region, and Amazon when no server is named', () => {
    expect(read()).toEqual({
      bucket: 'backups',
      prefix: 'of/shop',
      region: 'eu-central-1',
      endpoint: 'https://s3.eu-central-1.amazonaws.com',
      accessKeyId: 'one',
      secretAccessKey: 'first = secret',
    })
    expect(read({ AWS_PROFILE: 'vault' })).toMatchObject({
      region: 'eu-west-3',
      endpoint: 'https://s3.example.org',
      accessKeyId: 'two',
      sessionToken: 'short',
    })
  })

  test('are those of variables before, an id and its secret together', () => {
    const keys = { AWS_ACCESS_KEY_ID: 'own', AWS_SECRET_ACCESS_KEY: 'own secret' }
    expect(read({ ...keys, AWS_PROFILE: 'vault' })).toMatchObject({ accessKeyId: 'own', secretAccessKey: 'own secret' })
    expect(read({ ...keys, AWS_PROFILE: 'vault' })).not.toHaveProperty('sessionToken')
    expect(read({ AWS_ACCESS_KEY_ID: 'own' })).toMatchObject({ accessKeyId: 'one' })
    expect(
      read({ AWS_ENDPOINT_URL: 'https://a.org', AWS_ENDPOINT_URL_S3: 'https://b.org', AWS_REGION: 'x' }),
    ).toMatchObject({ endpoint: 'https://b.org', region: 'x' })
  })

  test('are asked for where there are none, and what is wrong is named', () => {
    expect(() => read({ AWS_PROFILE: 'half' })).toThrow('with which access key')
    expect(() => read({ HOME: join(home, 'nowhere') })).toThrow('with which access key')
    expect(() => read({ AWS_ENDPOINT_URL: 'example.org' })).toThrow('"example.org" is no URL')
    expect(() => read({}, 's3://B')).toThrow('no place of S3')
    expect(() => read({ AWS_SHARED_CREDENTIALS_FILE: home })).toThrow(`read keys of S3 from ${home}`)
  })
})
