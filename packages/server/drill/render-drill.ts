/** What is done to a server for a while. */
export type DrillKind = 'engine' | 'network' | 'power'

export interface DrillPlan {
  /** Of this drill: a timer of an earlier one ends no other. Letters, digits and dashes. */
  readonly id: string
  readonly kind: DrillKind
  readonly hasServiceManager: boolean
  /** Path of dockerd; where there is no service manager it is started by it. */
  readonly engine: string
}

/** Programs for a server: one makes the failure, the other takes it back, and may be run at any time and again. */
export interface DrillPrograms {
  readonly strike: string
  readonly putBack: string
}

/** Where they stand, below a folder that outlives a boot. */
export const drillFolder = '/var/lib/atoll/drill'
/** A folder, so that it is made once; gone with a boot, which ends every failure. */
export const drillMark = '/run/atoll-drill'

/** Pure. Nothing that anybody has typed goes into them. */
export const renderDrill = (plan: DrillPlan): DrillPrograms => {
  const { strike, putBack } = renderKind(plan)
  return {
    strike: render(['# Written by Atoll: makes a failure, which ends by put-back.', 'sleep 1', ...strike]),
    putBack: render([
      '# Written by Atoll: after a time, if one is given, takes the failure back.',
      "trap '' HUP TERM",
      'sleep "${1:-0}"',
      `test -d ${drillMark}/${plan.id} || exit 0`,
      ...putBack,
      `rm --recursive --force ${drillMark}`,
    ]),
  }
}

// What waits has no end of our connection in its hands: it must outlive that, and must not keep it open.
const render = (lines: readonly string[]): string =>
  `${['#!/bin/sh', 'exec < /dev/null > /dev/null 2>&1', ...lines].join('\n')}\n`

interface Lines {
  readonly strike: readonly string[]
  readonly putBack: readonly string[]
}

const renderKind = (plan: DrillPlan): Lines => {
  switch (plan.kind) {
    case 'engine':
      return plan.hasServiceManager ? managedEngine : renderEngine(plan.engine)
    case 'network':
      return { strike: rules('-I', ' 1'), putBack: rules('-D', '') }
    case 'power':
      return { strike: ['systemctl reboot --force --force'], putBack: [] }
  }
}

/** It dies at once, and what would start it again by itself is kept from that. */
const managedEngine: Lines = {
  strike: ['systemctl kill --signal=KILL docker.service', 'systemctl stop docker.socket docker.service'],
  putBack: ['systemctl reset-failed docker.service', 'systemctl start docker.service'],
}

const renderEngine = (engine: string): Lines => ({
  strike: [`start-stop-daemon --stop --signal KILL --exec ${engine}`],
  putBack: [`start-stop-daemon --start --oknodo --background --exec ${engine} --output /var/log/dockerd.log`],
})

/** Every packet that comes, goes or is passed on, but for those the server sends to itself. */
const rules = (verb: '-I' | '-D', place: ' 1' | ''): readonly string[] =>
  ['iptables', 'ip6tables'].flatMap((program) =>
    [`INPUT${place} ! -i lo`, `OUTPUT${place} ! -o lo`, `FORWARD${place}`].map(
      (chain) => `${program} -w 5 ${verb} ${chain} -j DROP`,
    ),
  )
