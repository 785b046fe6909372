import { isIP } from 'node:net'
import { z } from 'zod'
import { settings } from './settings.ts'

const login = {
  port: z.number().int().min(1).max(65_535).optional(),
  identity: z.string().min(1).optional().meta({ description: 'Path of a private key, from the folder of this file.' }),
  config: z.string().min(1).optional().meta({ description: 'Path of an ssh_config(5) instead of your own.' }),
}
const destination = z
  .string()
  .regex(/^[^\s-]\S*$/, 'write it as root@203.0.113.7, or as a Host of your ssh configuration')

const node = settings.extend({
  ssh: z
    .union([destination, z.strictObject({ destination, ...login })])
    .optional()
    .meta({ description: 'How to get in; root at its address when not said.' }),
  address: z
    .string()
    .refine((text) => isIP(text) !== 0, 'it is no IP address')
    .optional()
    .meta({ description: 'By which the other nodes know it; the one in ssh, or that of the cluster, when not said.' }),
  labels: z.record(z.string(), z.string()).optional().meta({ description: 'Its labels, where no cluster tells them.' }),
})

/** `server.yaml` as a schema: loading checks against it, and docs/server.schema.json is made from it, for editors. */
export const serverFile = z
  .strictObject({
    ssh: z
      .strictObject(login)
      .optional()
      .meta({ description: 'How to get into every server, unless it says otherwise.' }),
    all: settings.optional().meta({ description: 'What every server is to have.' }),
    roles: z
      .record(z.string().regex(/^[A-Za-z0-9][\w./-]*=.*$/, 'a role is a label of nodes: "role=db"'), settings)
      .optional()
      .meta({ description: 'What those with a label are to have; later ones win.' }),
    nodes: z.record(z.string().regex(/^[A-Za-z0-9][\w.-]*$/, 'it is no name of a node'), node.nullable()).optional(),
  })
  .meta({ title: 'server.yaml', description: 'What the servers of a cluster are to have besides the cluster.' })

export type ServerFile = z.output<typeof serverFile>
export type Settings = z.output<typeof settings>
export type NodeEntry = NonNullable<NonNullable<ServerFile['nodes']>[string]>
