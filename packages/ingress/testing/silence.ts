import { spawnSync } from 'node:child_process'

/** Whatever is sent to these addresses of the loopback gets no answer until it is disposed of, as to a host that lost its power. */
export const silence = (...addresses: readonly string[]): Disposable => {
  const rule = (order: '-I' | '-D', address: string): boolean =>
    spawnSync('iptables', ['-w', order, 'INPUT', '-d', address, '-j', 'DROP']).status === 0
  const lift = (): void => {
    // Also what a test left that was killed.
    for (const address of addresses) while (rule('-D', address));
  }
  lift()
  for (const address of addresses) if (!rule('-I', address)) throw new Error(`iptables cannot silence ${address}`)
  return { [Symbol.dispose]: lift }
}
