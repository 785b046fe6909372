import { beforeAll, describe, expect, test } from 'vitest'
import { openTestCli } from '../test-cli.ts'

// What the command loads while it runs takes real time, in which hours of the stage's would pass.
beforeAll(async () => {
  await Promise.all([import('@atoll/engine/swarm/render'), import('../project/open-app.ts')])
})

const files = {
  'compose.yaml': 'name: shop\nservices:\n  web:\n    image: web:${TAG:-1}\n    ports: ["8080:80"]\n',
  'compose.override.yaml': 'services:\n  web:\n    environment: {A: from override}\n',
  'compose.staging.yaml': 'services:\n  web:\n    environment: {A: from staging}\n',
}

describe('config', () => {
  test('merges the files of the folder and writes short forms out', async () => {
    using cli = openTestCli(files)
    const { status, stdout } = await cli.run(['config', '--format', 'json'], { variables: { TAG: '7' } })
    expect(status).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({
      name: 'shop',
      services: {
        web: {
          image: 'web:7',
          ports: [{ target: 80, published: '8080', protocol: 'tcp' }],
          environment: { A: 'from override' },
        },
      },
    })
  })

  test('is YAML unless said otherwise', async () => {
    using cli = openTestCli(files)
    expect((await cli.run(['config'])).stdout).toMatch(/^name: shop$/m)
  })

  test('reads the files that plan and deploy read', async () => {
    using cli = openTestCli({
      ...files,
      'compose.production.yaml': 'services: {web: {environment: {A: from production}}}',
    })
    expect((await cli.run(['config'])).stdout).toContain('from production')
    expect((await cli.run(['plan', '--json'])).stdout).toContain('from production')
    const named = ['-f', 'compose.yaml', '-f', 'compose.override.yaml']
    expect((await cli.run(['config', ...named])).stdout).toContain('from override')
    expect((await cli.run(['plan', '--json', ...named])).stdout).toContain('from override')
  })

  test('an environment brings its own file', async () => {
    using cli = openTestCli(files)
    expect((await cli.run(['config', '--env', 'staging'])).stdout).toContain('from staging')
    expect((await cli.run(['config', '--env', 'testing'])).stdout).toContain('from override')
  })

  test('swarm prints what a deploy would send', async () => {
    using cli = openTestCli(files)
    const { status, stdout } = await cli.run(['config', '--format', 'swarm'])
    expect(status).toBe(0)
    expect(Object.keys(JSON.parse(stdout))).toEqual(['networks', 'configs', 'secrets', 'services'])
  })

  test('what Swarm cannot do ends with status 2 and still prints the rest', async () => {
    using cli = openTestCli({ 'compose.yaml': 'services:\n  web: {image: web, privileged: true}\n' })
    const { status, stdout, stderr } = await cli.run(['config', '--format', 'swarm'])
    expect(status).toBe(2)
    expect(JSON.parse(stdout).services).toHaveLength(1)
    expect(stderr).toMatch(/compose\.yaml:2:\d+.*privileged/)
  })

  test('a file from standard input', async () => {
    using cli = openTestCli()
    const input = 'name: piped\nservices: {a: {image: b}}\n'
    expect((await cli.run(['config', '-f', '-'], { input })).stdout).toContain('name: piped')
  })

  test('files of another folder are named as they can be opened from here', async () => {
    using cli = openTestCli(files)
    const { stderr } = await cli.run(['config', '-f', `${cli.folder}/compose.yaml`, '-f', 'broken.yaml'])
    expect(stderr).toMatch(/^broken\.yaml:1:1/)
  })
})
