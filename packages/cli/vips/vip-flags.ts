import type { HeldNode } from '@atoll/plan'
import type { SshLogin } from '@atoll/server'
import type { Cli } from '../cli.ts'
import { engineFlags } from '../parameters.ts'
import type { EngineFlags } from '../parameters.ts'
import { sshFlags, toLogin } from '../servers/ssh-flags.ts'
import type { SshFlags } from '../servers/ssh-flags.ts'

/** Of what asks the nodes themselves. */
export const vipFlags = {
  ...engineFlags,
  ...sshFlags,
  on: {
    kind: 'parsed',
    parse: String,
    optional: true,
    brief: 'Servers as ssh knows them, %n is the name of the node; root at its address when not said',
    placeholder: 'server',
  },
} as const

export type VipFlags = EngineFlags & SshFlags & { readonly on?: string }

/** Where a node is logged in to. */
export const loginsOf =
  (cli: Cli, { on, ...flags }: VipFlags) =>
  ({ name, address }: HeldNode): SshLogin => ({
    ...toLogin(cli, on?.replaceAll('%n', name) ?? `root@${address}`, flags),
    // Several at once: nobody could tell who asks.
    isAlone: true,
  })
