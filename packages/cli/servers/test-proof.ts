const well = {
  isResolved: true,
  tcp: true,
  udp: true,
  largeTcp: true,
  largeUdp: true,
  hasHeard: true,
  closed: [],
  skewMs: 1,
}

interface Way {
  readonly from: string
  readonly to: string
  readonly seen: object
}

/** What the tasks of a proof print: all is well, but for one way. */
export const tellProof = (names: readonly string[], way?: Way): readonly string[] =>
  names.map((node) => {
    const others = names.filter((name) => name !== node)
    const isIt = (name: string): boolean => node === way?.from && name === way.to
    const peers = others.map((name) => [name, { ...well, ...(isIt(name) ? way?.seen : {}) }])
    return JSON.stringify({ node, peers: Object.fromEntries(peers), badChecksums: 0, isComplete: true })
  })
