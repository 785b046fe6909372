import { expect, test } from 'vitest'
import { findKey } from './find-key.ts'

const model = {
  name: 'shop',
  services: {
    'web.1': {
      cap_add: ['NET_ADMIN', 'SYS_TIME'],
      volumes: [
        { type: 'volume', source: 'data', target: '/data/' },
        { type: 'bind', source: '/etc', target: '/x' },
      ],
      configs: [{ source: 'motd', target: '/motd' }],
      labels: { 'atoll.app': 'x' },
    },
    web: {},
  },
  volumes: { data: { driver_opts: { device: '/x' } } },
}

test.each([
  ['services.web.1.volumes (/x)', ['services', 'web.1', 'volumes', 1]],
  ['services.web.1.volumes (/data)', ['services', 'web.1', 'volumes', 0]],
  ['services.web.1.volumes (/nowhere)', ['services', 'web.1', 'volumes']],
  ['services.web.1.cap_add (SYS_TIME)', ['services', 'web.1', 'cap_add', 1]],
  ['services.web.1.cap_add (CAP_SYS_TIME)', ['services', 'web.1', 'cap_add', 1]],
  ['services.web.1.configs (motd)', ['services', 'web.1', 'configs', 0]],
  ['services.web.1.labels.atoll.app', ['services', 'web.1', 'labels', 'atoll.app']],
  ['services.web.logging.options.x', ['services', 'web']],
  ['volumes.data.driver_opts', ['volumes', 'data', 'driver_opts']],
  ['constructor', []],
  ['', []],
])('%s', (text, key) => {
  expect(findKey(model, text)).toEqual(key)
})
