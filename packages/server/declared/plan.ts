import type { Change, ServerPlan } from './change.ts'
import type { Observed } from './observed.ts'
import { planDocker } from './plan/docker.ts'
import { planFiles } from './plan/files.ts'
import { planFirewall } from './plan/firewall.ts'
import { planMounts, planSwap } from './plan/mounts.ts'
import { planPackages } from './plan/packages.ts'
import { planSysctl, planZone } from './plan/kernel.ts'
import { planUsers } from './plan/users.ts'
import { find } from './plan/find.ts'
import type { Wanted } from './wanted.ts'

/**
 * What is to be done on one server, in order: packages first, because users take groups and settings take programs from them;
 * the firewall last, when everything else stands. Pure; a server that has what is wanted gives no change.
 */
export const plan = (wanted: Wanted, observed: Observed): ServerPlan => ({
  changes: [
    ...planPackages(wanted, observed),
    ...planZone(wanted, observed),
    ...planUsers(wanted, observed),
    ...planFiles(wanted.files, observed),
    ...planSysctl(wanted, observed),
    ...planMounts(wanted, observed),
    ...planSwap(wanted, observed),
    ...planDocker(wanted, observed),
    ...planFirewall(wanted, observed),
    ...planPending(wanted, observed),
  ],
  findings: find(wanted, observed),
})

/** Units that an interrupted run has changed and not told of it, unless they are told anyway. */
const planPending = (wanted: Wanted, observed: Observed): readonly Change[] => {
  const told = planFiles(wanted.files, observed).flatMap((change) =>
    change.kind === 'write-file' ? (change.file.unit ?? []) : [],
  )
  if (planDocker(wanted, observed).length > 0) told.push('docker.service')
  return observed.pendingUnits
    .filter((unit) => !told.includes(unit))
    .map((unit) => ({
      kind: 'tell-unit',
      unit,
      subject: `service ${unit}`,
      fields: [],
      note: 'it reads its settings again',
    }))
}
