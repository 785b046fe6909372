/** Every wait, size and number of the control. Times in milliseconds. */
export const limits = {
  /** Of a body that carries no project. */
  bodyBytes: 64 * 1024,
  requestMs: 60_000,
  /** Until the first byte of a connection. */
  helloMs: 10_000,
  /** What is left of an upload nobody needs is read for so long, so that the answer arrives. */
  discardMs: 10_000,
  /** Lines of a build that wait for who reads slowly; the oldest go first. */
  buildLines: 10_000,
  heartbeatMs: 15_000,
  /** Of lines: who hears nothing for four times as long asks another control. */
  lineBeatMs: 5_000,
  /** What fails sooner is answered as a failure, and not as lines that break off. */
  firstLineMs: 1_000,
  /** What lasts is looked at so often for whether who began it still may, in a copy that is no older than this. */
  rightsEveryMs: 2_000,
  rightsCopyMs: 10_000,
  sessionMs: 7 * 86_400_000,
  invitationMs: 86_400_000,
  /** Of servers that are invited: the token until somebody comes with it, and what whoever came has to be done by. */
  joins: {
    inviteMs: 1_800_000,
    seatMs: 3_600_000,
    /** Of one request for how it goes on; each control counts what comes from one address. */
    answerMs: 5_000,
    attemptsPerAddress: 60,
    /** Whose control does not renew this in time is gone. */
    aliveMs: 20_000,
    renewEveryMs: 5_000,
    /** Until the managers see it ready. */
    readyMs: 60_000,
    everyMs: 500,
    /** Until the server has left the port of the managers. */
    leaveDoorMs: 30_000,
    deployMs: 240_000,
    removeMs: 120_000,
    /** Until who was refused is away. */
    awayMs: 40_000,
    kept: 200,
  },
  oidcSessionMs: 43_200_000,
  oidcProviderMs: 10_000,
  /** From the moment a browser goes to the provider until it is back. */
  oidcFlowMs: 600_000,
  oidcCodeMs: 120_000,
  /** A password is guessed this often a minute, per name and per address. */
  attemptsPerName: 10,
  attemptsPerAddress: 30,
  /** Each takes a twentieth of a second and 32 MiB. */
  passwordsAtOnce: 4,
  passwordsWaiting: 64,
  attemptWindowMs: 60_000,
  attemptKeys: 10_000,
  pageItems: 50,
  longPageItems: 1_000,
  /** Of one segment; what is open is written anew with each entry. */
  auditSegmentEntries: 256,
  /** Of all segments, compressed: see docs/security.md for how many entries that is. The oldest go first. */
  auditBytes: 48 * 1024 * 1024,
  auditTries: 50,
  /** Written together. */
  auditAtOnce: 64,
  /** Of what was before or after, as JSON. */
  auditValueCharacters: 8_192,
  /** Segments looked through for one page of entries that were asked for by app, person or time. */
  auditSegmentsAPage: 40,
  /** Refused attempts a day become so many entries, and no more at once than a first few; the rest are counted. */
  attempts: { atOnce: 60, everyMs: 300_000, lookMs: 60_000, lastMs: 3_000, kept: 500 },
  /**
   * How long `startDeployment` waits for the deployment's number before it answers without: longer than it takes to see that
   * somebody else's deployment is alive.
   */
  answerMs: 10_000,
  /** Events of one operation that are kept to be read again. */
  ringEvents: 5_000,
  operationsAtOnce: 20,
  /** Ended operations are known for so long, and their idempotency keys with them. */
  operationMs: 86_400_000,
  /** Longer than a request can last with keeping its answer: who began one so long ago is gone. */
  answerLeaseMs: 130_000,
  /** Answers to requests with an Idempotency-Key; the oldest go first. */
  answersKept: 1_000,
  /** Without a deployment after so long its control is gone. */
  operationBeginMs: 7_200_000,
  /** Of a document that somebody else writes at the same moment. */
  sealTries: 5,
  resealEveryMs: 2_000,
  controllerEveryMs: 3_000,
  /** Who leads, and how nodes are, is asked no more often by all loops together. */
  recentNodesMs: 2_000,
  /** An unbroken copy of documents is proven complete every five seconds. */
  recentDocumentsMs: 10_000,
  settleEveryMs: 60_000,
  /** Each look lists every document with its data. */
  compactEveryMs: 3_600_000,
  /** Who joined waits no longer for a certificate that names them. */
  nodesEveryMs: 60_000,
  certificateEveryMs: 43_200_000,
  certificateLifeMs: 259_200_000,
  agentCertificateLifeMs: 86_400_000,
  /** Looks at canaries, and how many of them at once. */
  canaries: { everyMs: 5_000, atOnce: 4 },
  driftEveryMs: 5_000,
  /** Environments looked at for drift each time, of those that want it repaired. */
  driftLooks: 5,
  /** Who changes something by hand may be about to write it into the files. */
  driftStandsMs: 30_000,
  driftRepairsAtOnce: 2,
  /** What happened to nodes is told for so long. */
  nodeEvents: { everyMs: 3_000, keptMs: 2_592_000_000, most: 200 },
  names: {
    /** Each look lists all services and tasks. */
    lookMs: 10_000,
    /** Nobody misses a name that is newer. Gossip takes up to a second or two. */
    settleMs: 10_000,
    everyMs: 300_000,
    /** Between the two answers that make a trouble of a suspicion. */
    againMs: 20_000,
    /** Each takes the node a container of half a second. */
    networksAtOnce: 3,
    namesAtOnce: 200,
    /** Of one service. */
    pauseMs: 3_600_000,
    mostRepairs: 3,
    repairWindowMs: 86_400_000,
    /** A restart that helped is seen to have by then. */
    lookAgainMs: 120_000,
    mostTroubles: 50,
    keptRepairs: 20,
    tellRepairsMs: 7 * 86_400_000,
  },
  /** A schedule counts in hours; what fails is tried again when the place may be well. */
  backups: { everyMs: 30_000, againMs: 900_000 },
  /** So many orders at once: each takes lego, which has 22 MB. */
  certificates: { everyMs: 10_000, atOnce: 3, directoryMs: 10_000 },
  managersEveryMs: 10_000,
  /** Longer than a control that lives takes to promote and demote: each takes 300 s at most. */
  managersLostMs: 660_000,
  /** Of a document that somebody else writes at the same moment. */
  settingsTries: 5,
  /** Nodes that come back bring others with them, and tasks that start. */
  spread: { everyMs: 30_000, settleMs: 120_000 },
  leaderEveryMs: 5_000,
  /** An election and a slow processor end within it. */
  leaderDownMs: 60_000,
  /** Making it a manager anew did not help, then: a person has to look. */
  leaderHealPauseMs: 600_000,
  /** A node that was demoted learns of it within seconds; promoted before that it took half a minute to join again. */
  leaderSettleMs: { least: 5_000, most: 15_000 },
  /** Longer than a control that lives takes to demote and promote. */
  leaderHealLostMs: 300_000,
  routes: {
    /** While something moves, and how long after it still may; a look lists the tasks of services with routes. */
    busyMs: 250,
    settleMs: 4_000,
    /** When all is still. */
    lookMs: 15_000,
    followAgainMs: 1_000,
    /** What an ingress refused, or a node without one. */
    giveAgainMs: 2_000,
    /** A deployment waits for an agent that cannot be reached no longer; it brings its node the files of routes later. */
    bringMs: 20_000,
    /** A deployment waits for what was counted no longer, at its begin and its end. */
    tallyMs: 5_000,
    /** Routes are probed for so long after whoever carries a deployment has wanted it last. */
    probeMs: 20_000,
    /** Until every ingress has said how it is, for who looks at routes. */
    stateMs: 2_000,
    certificateLifeMs: 90 * 86_400_000,
    certificateRenewMs: 30 * 86_400_000,
  },
  /** A disk can be filled within minutes. */
  diskEveryMs: 15_000,
  diskAnswerMs: 5_000,
  /** TLS between the nodes and leases of deployments suffer from more. */
  clockSkewMs: 2_000,
  /** Agents count on being told three times as seldom. */
  claimsEveryMs: 300_000,
  /** Of one request for another role of a node; a request ends after a minute. */
  nodeRoleMs: 40_000,
  resumesAtOnce: 4,
  resumeBackoffMs: { first: 3_000, last: 60_000 },
} as const
