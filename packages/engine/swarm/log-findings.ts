import { z } from 'zod'
import type { Finding } from '../engine.ts'
import type { Api } from './client.ts'

const reply = z.array(
  z.object({
    Spec: z.object({
      Name: z.string(),
      TaskTemplate: z.object({
        LogDriver: z.object({ Name: z.string(), Options: z.record(z.string(), z.string()).nullish() }).nullish(),
      }),
    }),
  }),
)
type LogDriver = z.output<typeof reply>[number]['Spec']['TaskTemplate']['LogDriver']

/** Services whose logs grow until the disk of a node is full, whoever's they are. */
export const findLogFindings = async (api: Api, signal: AbortSignal): Promise<readonly Finding[]> => {
  const call = { method: 'GET', path: '/services', doing: 'look at the logs of services' } as const
  const services = await api.json(call, reply, signal)
  const endless = services.filter(({ Spec }) => isEndless(Spec.TaskTemplate.LogDriver)).map(({ Spec }) => Spec.Name)
  if (endless.length === 0) return [{ check: 'logs', state: 'good', message: describeCapped(services.length) }]
  return endless.map((name) => ({
    check: 'logs',
    state: 'warning',
    message: `the logs of service ${name} have no cap of their own: they may fill the disks of its nodes`,
    hint: `run "docker service update --log-driver local --log-opt max-size=10m ${name}", or set a cap in daemon.json of every node`,
  }))
}

const describeCapped = (count: number): string =>
  count === 0
    ? 'there is no service whose logs could fill a disk'
    : `the logs of ${count === 1 ? 'the only service' : `all ${count} services`} have a cap`

/** Without a driver it is the engine's own, which is json-file without a cap unless somebody set one. */
const isEndless = (driver: LogDriver): boolean => {
  if (driver === null || driver === undefined || driver.Name === '') return true
  return driver.Name === 'json-file' && !/^[1-9]/.test(driver.Options?.['max-size'] ?? '')
}
