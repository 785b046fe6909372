import { expect, test } from 'vitest'
import { renderFamiliarImage } from './familiar-image.ts'

test.each([
  ['nginx', 'nginx:latest'],
  ['nginx:1.27', 'nginx:1.27'],
  ['docker.io/library/nginx:1.27', 'nginx:1.27'],
  ['index.docker.io/library/nginx', 'nginx:latest'],
  ['library/nginx', 'nginx:latest'],
  ['docker.io/grafana/grafana', 'grafana/grafana:latest'],
  ['docker.io/library/a/b', 'library/a/b:latest'],
  ['ghcr.io/library/x', 'ghcr.io/library/x:latest'],
  ['127.0.0.1:5000/shop/web', '127.0.0.1:5000/shop/web:latest'],
  ['localhost/web:1', 'localhost/web:1'],
  ['nginx:1.27@sha256:ab', 'nginx:1.27@sha256:ab'],
  ['nginx@sha256:ab', 'nginx@sha256:ab'],
  ['', ''],
])('%j is sent as %j', (image, expected) => {
  expect(renderFamiliarImage(image)).toBe(expected)
})
