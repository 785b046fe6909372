import { describe, expect, it } from 'vitest'
import { maskChange, maskData, maskText } from './mask.ts'

describe('masking', () => {
  it.each([
    ['postgres://app:hunter2@db/shop', 'postgres://app:****@db/shop'],
    ['redis://:hunter2@cache:6379', 'redis://:****@cache:6379'],
    ['https://ghp_abc123@github.com/x.git', 'https://****@github.com/x.git'],
    ['https://example.org/a@b', 'https://example.org/a@b'],
    ['serve --api-token=abc --port=80', 'serve --api-token=**** --port=80'],
    ['PASSWORD=abc exec serve', 'PASSWORD=**** exec serve'],
    ['curl -H "Authorization: Bearer abc.def"', 'curl -H "Authorization: Bearer ****"'],
    ['web:2@sha256:ab12', 'web:2@sha256:ab12'],
  ])('%s becomes %s', (text, hidden) => {
    expect(maskText(text)).toBe(hidden)
  })

  it.each([
    ['environment.DB_PASSWORD', '"hunter2"', '****'],
    ['environment.STRIPE_API_KEY', '"sk"', '****'],
    ['environment.GITHUB_TOKEN', '"gh"', '****'],
    ['environment.DATABASE_URL', '"postgres://a:b@db"', '"postgres://a:****@db"'],
    ['environment.LOG_LEVEL', '"debug"', '"debug"'],
    ['labels.traefik.basicauth.users', '"a:b"', '****'],
    ['secrets./run/password.engineName', '"shop_password_ab12"', '"shop_password_ab12"'],
    ['command', '["serve","--token","abc"]', '["serve","--token","****"]'],
    ['mode.replicas', '3', '3'],
    ['update', 'not json', 'not json'],
  ])('a change of %s from %s shows %s', (field, value, shown) => {
    expect(maskChange({ field, from: value, to: value })).toEqual({ field, from: shown, to: shown })
    expect(maskChange({ field, to: value })).toEqual({ field, to: shown })
  })

  it('goes as deep as the data', () => {
    const service = {
      secrets: [{ name: 'password', engineName: 'shop_password_ab12' }],
      environment: { DB_PASSWORD: 'hunter2', LOG_LEVEL: 'debug' },
      logging: { driver: 'splunk', options: { 'splunk-token': 'abc' } },
    }
    expect(maskData({ service, file: { dataBase64: 'aGk=' } })).toEqual({
      service: {
        ...service,
        environment: { DB_PASSWORD: '****', LOG_LEVEL: 'debug' },
        logging: { driver: 'splunk', options: { 'splunk-token': '****' } },
      },
      file: { dataBase64: '****' },
    })
  })
})
