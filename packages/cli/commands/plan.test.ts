import { describe, expect, test } from 'vitest'
import { openTestCli } from '../test-cli.ts'

const shop = `
name: shop
services:
  web:
    image: web:1
    environment: {GREETING: hello, DB_PASSWORD: hunter2}
`

describe('plan', () => {
  test('on an empty swarm says what would be created, status 3, and changes nothing', async () => {
    using cli = openTestCli({ 'compose.yaml': shop })
    const { status, stdout } = await cli.run(['plan'])
    expect({ status, stdout }).toEqual({ status: 3, stdout: expect.stringContaining('web') })
    expect(cli.engine.world.services.size).toBe(0)
  })

  test('shows a change field by field, and no secret', async () => {
    using cli = openTestCli({ 'compose.yaml': shop })
    await cli.run(['deploy'])
    cli.write('compose.yaml', shop.replace('hello', 'goodbye').replace('hunter2', 'hunter3'))
    const { status, stdout } = await cli.run(['plan'])
    expect(status).toBe(3)
    expect(stdout).toMatch(/environment\.GREETING.*hello.*goodbye/)
    expect(stdout).not.toMatch(/hunter/)
  })

  test('--json is data with neither a secret in it', async () => {
    using cli = openTestCli({ 'compose.yaml': shop })
    const { status, stdout } = await cli.run(['plan', '--json'])
    expect(status).toBe(3)
    expect(JSON.parse(stdout)).toMatchObject({ actions: expect.any(Array), warnings: [] })
    expect(stdout).not.toContain('hunter2')
  })

  test('a route that goes is something to do, and no password of one that changes is shown', async () => {
    const hash = (salt: string): string => `$$5$$${salt}$$${'a'.repeat(43)}`
    const routed = (salt: string, more = ''): string =>
      `${shop}    x-atoll:
      routes:
        - {host: a.example.org, port: 80, basic_auth: {users: {ann: '${hash(salt)}'}}}
${more}`
    using cli = openTestCli({ 'compose.yaml': routed('one', '        - {host: b.example.org, port: 80}\n') })
    await cli.run(['deploy'])
    cli.write('compose.yaml', routed('two'))
    const { status, stdout } = await cli.run(['plan'])
    expect({ status, stdout }).toEqual({
      status: 3,
      stdout: expect.stringContaining('1 route to change, 1 route to remove'),
    })
    expect(stdout).toContain('~ route   web  a.example.org/\n      basicAuth.users.ann  **** -> ****\n')
    expect(stdout).toContain('- route   web  b.example.org/\n')
    const asData = (await cli.run(['plan', '--json'])).stdout
    expect(JSON.parse(asData)).toMatchObject({ actions: [], routes: [{ kind: 'changed' }, { kind: 'removed' }] })
    await cli.run(['deploy'])
    const difference = await cli.run(['diff', '1', '2'])
    expect(difference.stdout).toContain('route b.example.org/: "web:80" → nothing\n')
    expect(difference.stdout).toContain('route a.example.org/ basicAuth.users.ann: **** → ****')
    expect(stdout + asData + difference.stdout).not.toContain('aaaa')
    expect((await cli.run(['plan'])).status).toBe(0)
  })

  test('nothing to do is status 0', async () => {
    using cli = openTestCli({ 'compose.yaml': shop })
    await cli.run(['deploy'])
    expect(await cli.run(['plan'])).toMatchObject({ status: 0, stdout: expect.stringContaining('nothing') })
  })

  test('an image that is not there is said before anything is done', async () => {
    using cli = openTestCli({ 'compose.yaml': shop })
    cli.engine.setImage('web:1', { run: { kind: 'missing' } })
    expect((await cli.run(['plan'])).stdout).toMatch(/image web:1/)
  })

  test('of what is still to be built no restart and no gap is told: nobody knows yet', async () => {
    const built = 'name: shop\nservices: {web: {build: ., volumes: [data:/d]}}\nvolumes: {data: }\n'
    using cli = openTestCli({ 'compose.yaml': built })
    expect((await cli.run(['plan'])).stdout).toContain('web is built first\n')
    cli.engine.setImage('hub/shop/web:production', { run: { kind: 'exits', afterMs: 0, exitCode: 1 } })
    expect((await cli.run(['deploy', '--registry', 'hub'])).status).toBe(5)
    const { stdout } = await cli.run(['plan'])
    expect(stdout).toContain('web is built first; it restarts only if its image changes')
    expect(stdout).not.toMatch(/restarts: |does not answer|image +\S+ ->/)
  })

  test('bad input is status 2, as data too', async () => {
    using cli = openTestCli({ 'compose.yaml': 'services:\n  web: {image: web:1, prots: []}\n' })
    const { status, stdout } = await cli.run(['plan', '--json'])
    expect(status).toBe(2)
    expect(JSON.parse(stdout).problems[0]).toMatchObject({ path: 'compose.yaml', line: 2 })
  })

  test('no compose file is status 2 and says what to do', async () => {
    using cli = openTestCli()
    expect(await cli.run(['plan'])).toMatchObject({ status: 2, stderr: expect.stringContaining('-f') })
  })
})
