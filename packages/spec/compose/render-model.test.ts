import { expect, test } from 'vitest'
import { loadModel } from './load-texts.ts'
import { renderModel } from './render-model.ts'

const model = loadModel(`name: shop
services:
  web:
    image: x
    command: [echo, "$$HOME", "yes", "0440", "1e3", "null"]
    environment: {A: "a\\nb", B: , C: "\${X:-$$$$}"}
    volumes: [{type: tmpfs, target: /a//b/}]
`)

test('JSON holds the values as they are, and clean targets', () => {
  const { services } = JSON.parse(renderModel(model, 'json'))
  expect(services.web).toEqual({
    image: 'x',
    command: ['echo', '$HOME', 'yes', '0440', '1e3', 'null'],
    environment: { A: 'a\nb', B: null, C: '$$' },
    volumes: [{ type: 'tmpfs', target: '/a/b' }],
    networks: { default: null },
  })
})

test('the name comes first', () => {
  expect(renderModel(model, 'yaml')).toMatch(/^name: shop\nservices:\n/)
})

test('YAML is a compose file again', () => {
  const yaml = renderModel(model, 'yaml')
  expect(yaml).toContain('$$HOME')
  expect(JSON.parse(renderModel(loadModel(yaml), 'json'))).toEqual(JSON.parse(renderModel(model, 'json')))
})
