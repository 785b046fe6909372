import { foresee, foreseeAlone, foreseeRebalancing, listDrills } from '@atoll/deploy'
import { findClockFindings, isOfOneNode } from '../disks/clock-findings.ts'
import { findDiskFindings } from '../disks/disk-findings.ts'
import type { Handlers } from './handler.ts'
import { byName, toLongPage } from './page.ts'

type ClusterRoutes = 'listNodes' | 'getDoctor' | 'listDrills' | 'getWhatIf' | 'getAppWhatIf' | 'getRebalancing'

export const clusterHandlers: Handlers<ClusterRoutes> = {
  listNodes: async ({ engine }, { query, signal }) =>
    toLongPage(
      (await engine.nodes(signal)).toSorted((a, b) => (a.id < b.id ? -1 : 1)),
      query,
      byName(({ id }) => id),
    ),
  getDoctor: async ({ engine, clock }, { signal }) => {
    const [diagnosis, nodes] = await Promise.all([engine.diagnose(signal), engine.nodes(signal)])
    const clocks = await findClockFindings({ engine, clock }, nodes, signal)
    const findings = diagnosis.findings.filter((finding) => !isOfOneNode(finding))
    return { ...diagnosis, findings: [...findings, ...clocks, ...findDiskFindings(nodes, clock.now())] }
  },
  listDrills: async ({ documents }, { query, signal }) =>
    toLongPage(await listDrills(documents, signal), query, {
      keyOf: ({ number }) => String(number),
      isAfter: ({ number }, key) => number < Number(key),
    }),
  getRebalancing: (control, { query: { stateful, ...question }, signal }) =>
    foreseeRebalancing(control, { ...question, isStateful: stateful === 'true' }, signal),
  getWhatIf: (control, { query, signal }) => foresee(control, toRequest(query), signal),
  getAppWhatIf: (control, { params, query, signal }) =>
    foreseeAlone(control, { ...toRequest(query), ...params }, signal),
}

const toRequest = <Query extends { readonly lose?: string }>({ lose, ...rest }: Query) => ({
  ...(lose === undefined ? {} : { lose: lose.split(',') }),
  ...rest,
})
