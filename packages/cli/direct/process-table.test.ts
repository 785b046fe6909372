import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, expect, it } from 'vitest'
import { openProcessTable } from './process-table.ts'

describe.runIf(process.platform === 'linux')('the table of processes', () => {
  const table = openProcessTable()
  const identityOf = (pid: number | undefined): string => (table?.own ?? '').replace(/\/\d+\/(\d+)$/, `/${pid}/$1`)

  it('never calls itself gone, nor a process of another machine', () => {
    expect(table?.isGone(table.own)).toBe(false)
    expect(table?.isGone('another-boot/pid:[1]/1/1')).toBe(false)
    expect(table?.isGone('nonsense')).toBe(false)
  })

  it('calls gone what has ended, and a number that another process has by now', async () => {
    const child = spawn('true')
    await once(child, 'exit')
    expect(table?.isGone(identityOf(child.pid))).toBe(true)
    expect(table?.isGone(`${table.own}0`)).toBe(true)
  })
})
