import { expect, test } from 'vitest'
import type { Cluster } from '../cluster/cluster.ts'
import { CommandError } from '../errors.ts'
import { servesRoutes } from './serves-routes.ts'

const ask = (status: () => Promise<{ readonly services: readonly { readonly service: string }[] }>): Promise<boolean> =>
  servesRoutes({ status } as unknown as Pick<Cluster, 'status'>, new AbortController().signal)

const platform =
  (...names: readonly string[]) =>
  async () => ({ services: names.map((service) => ({ service })) })

test('a cluster serves routes unless its platform is there and has no ingress', async () => {
  expect(await ask(platform('agent', 'control', 'gate', 'ingress'))).toBe(true)
  expect(await ask(platform('agent', 'control', 'gate'))).toBe(false)
  expect(await ask(platform())).toBe(true)
  expect(await ask(() => Promise.reject(new CommandError('not-found', 'no releases')))).toBe(true)
})

test('what cannot be asked is not guessed', async () => {
  await expect(ask(() => Promise.reject(new CommandError('busy', 'nobody answers')))).rejects.toThrow('nobody answers')
})
