import { describe, expect, test } from 'vitest'
import { openTestCli } from '../test-cli.ts'

const shop = `
name: shop
services:
  web:
    image: web:1
    deploy: {replicas: 2}
    environment: {GREETING: hello, DB_PASSWORD: hunter2}
  db:
    image: db:1
    volumes: [data:/data]
volumes:
  data:
`
const files = { 'compose.yaml': shop }

describe('deploy', () => {
  test('converges, says so, and then there is nothing to do', async () => {
    using cli = openTestCli(files)
    const { status, stdout, stderr } = await cli.run(['deploy'])
    expect({ status, stderr }).toEqual({ status: 0, stderr: expect.stringContaining('create service web') })
    expect(stdout).toContain('shop/production is at release 1, 3 tasks')
    expect((await cli.run(['plan'])).status).toBe(0)
  })

  test('--json streams events that end with the receipt', async () => {
    using cli = openTestCli(files)
    const { status, stdout } = await cli.run(['deploy', '--json'])
    const events = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(status).toBe(0)
    expect(events.at(-1)).toMatchObject({ kind: 'end', state: 'converged', receipt: { app: 'shop', release: 1 } })
  })

  test('a first release that crashes fails with status 5 and says why', async () => {
    using cli = openTestCli(files)
    cli.engine.setImage('web:1', { run: { kind: 'exits', afterMs: 100, exitCode: 3, lines: ['no database here'] } })
    const { status, stdout, stderr } = await cli.run(['deploy'])
    expect(status).toBe(5)
    expect(stderr).toContain('3')
    expect(stderr).toContain('no database here')
    expect(stdout).toContain('release 1 failed')
  })

  test('a later one that crashes goes back with status 4', async () => {
    using cli = openTestCli(files)
    await cli.run(['deploy'])
    cli.engine.setImage('web:2', { run: { kind: 'exits', afterMs: 100, exitCode: 3 } })
    cli.write('compose.yaml', shop.replace('web:1', 'web:2'))
    const { status, stdout } = await cli.run(['deploy'])
    expect({ status, stdout }).toEqual({ status: 4, stdout: expect.stringContaining('back at release 1') })
  })

  test('wrong files are problems with their place, status 2, and nothing is sent', async () => {
    using cli = openTestCli({ 'compose.yaml': 'services:\n  web:\n    image: web:1\n    prots: ["80:80"]\n' })
    const { status, stderr } = await cli.run(['deploy'])
    expect({ status, stderr }).toEqual({ status: 2, stderr: expect.stringMatching(/compose\.yaml:4:\d+.*prots/) })
    expect(cli.engine.world.services.size).toBe(0)
  })

  test('environments are apart', async () => {
    using cli = openTestCli({ ...files, 'compose.staging.yaml': 'services:\n  web:\n    deploy: {replicas: 1}\n' })
    await cli.run(['deploy'])
    expect((await cli.run(['deploy', '--env', 'staging'])).stdout).toContain('shop/staging is at release 1, 2 tasks')
    const { stdout } = await cli.run(['ls', '--json'])
    expect(JSON.parse(stdout)).toHaveLength(2)
  })

  test('while somebody who is alive deploys says who, and since when', async () => {
    using cli = openTestCli(files)
    const { signal } = new AbortController()
    const now = cli.engine.clock.now()
    const hold = (expected: number, leaseUntilMs: number) => {
      const running = { deployment: 1, owner: 'ann@laptop', token: 'ann', sinceMs: now, leaseUntilMs }
      const value = { lastRelease: 1, lastDeployment: 1, running }
      return cli.documents.put('environment', 'shop.production', { expected, value }, signal)
    }
    // Far ahead: reading the files takes real time, in which hours of the stage's pass.
    await hold(0, now + 86_400_000)
    const renew = (): void => void hold(1, now + 86_405_000)
    const { status, stderr } = await cli.run(['deploy'], {
      meanwhile: { at: 'sign of life of ann@laptop', run: renew },
    })
    expect(status).toBe(6)
    expect(stderr).toMatch(/deployment 1 of ann@laptop is running since 2026-01-01/)
    expect(stderr).toContain('atoll resume')
  })
})

describe('Ctrl-C', () => {
  test('hands the deployment to the background, with its secrets and without telling the process list', async () => {
    using cli = openTestCli({
      'compose.yaml': `${shop}secrets: {key: {file: ./key}}\n`.replace(
        'image: web:1',
        'image: web:1\n    secrets: [key]',
      ),
      key: 'sesame',
    })
    const { status, stderr } = await cli.run(['deploy'], { interruptAt: 'create service web' })
    expect(status).toBe(130)
    expect(stderr).toContain('atoll resume shop/production')
    const [started] = cli.detached
    expect(started?.args).toEqual(['resume', 'shop/production', '--handed-over', '--engine', 'fake'])
    expect(started?.args.join(' ')).not.toContain('sesame')
    const resumed = await cli.run(started?.args ?? [], { input: started?.input ?? '' })
    expect(resumed.status).toBe(0)
  })

  test('of which the background can do nothing either is told: it was left', async () => {
    using cli = openTestCli({ 'compose.yaml': shop })
    await cli.run(['deploy'], { interruptAt: 'create service web' })
    expect((await cli.run(['status'])).stdout).toContain('deployment 1 of ann@laptop is running')
    cli.engine.tick(5 * 60_000)
    expect((await cli.run(['status'])).stdout).toContain(
      'was left before its end; "atoll resume shop/production" finishes it',
    )
    expect((await cli.run(['ls'])).stdout).toContain('deployment 1 was left before its end')
    expect((await cli.run(['resume'])).status).toBe(0)
    expect((await cli.run(['ls'])).stdout).not.toContain('deployment 1')
  })
})

describe('deploy --canary', () => {
  test('is refused in direct mode, where nobody serves routes, and nothing is touched', async () => {
    using cli = openTestCli(files)
    await cli.run(['deploy'])
    cli.write('compose.yaml', shop.replace('web:1', 'web:2'))
    const { status, stderr } = await cli.run(['deploy', '--canary', '10%'])
    expect({ status, stderr }).toEqual({
      status: 2,
      stderr: expect.stringContaining('in direct mode nobody serves routes'),
    })
    expect(cli.engine.world.services.get('shop_production_web')?.spec.image).toContain('web:1')
  })

  test.each([
    [['--canary', '0%'], 'from 0.1% to 90%'],
    [['--canary', '95%'], 'from 0.1% to 90%'],
    [['--canary', 'some'], 'from 0.1% to 90%'],
    [['--canary', '10%', '--canary-for', '5s'], 'between 10 seconds and 24 hours'],
    [['--canary', '10%', '--canary-for', '2d'], 'between 10 seconds and 24 hours'],
    [['--canary-for', '5m'], 'without --canary nothing is measured'],
  ])('%j is wrong input', async (flags, said) => {
    using cli = openTestCli(files)
    const { status, stderr } = await cli.run(['deploy', ...flags])
    expect({ status, stderr }).toEqual({ status: 2, stderr: expect.stringContaining(said) })
    expect(cli.engine.world.services.size).toBe(0)
  })

  test.each(['promote', 'abort'])('canary %s says where there is none', async (word) => {
    using cli = openTestCli(files)
    await cli.run(['deploy'])
    const { status, stderr } = await cli.run(['canary', word])
    expect({ status, stderr }).toEqual({ status: 1, stderr: expect.stringContaining('there is none') })
  })
})
