/** A package that becomes another version. */
export interface PackageChange {
  readonly name: string
  /** Absent: it is new. */
  readonly from?: string
  readonly to: string
}

/** `Inst NAME [OLD] (NEW ORIGIN [ARCHITECTURE])`: apt-get(8), --simulate. Pure. */
export const parseUpgrade = (simulated: string): readonly PackageChange[] =>
  simulated.split('\n').flatMap((line) => {
    const [, name, from, to] = /^Inst (\S+) (?:\[([^\]]+)\] )?\((\S+) /.exec(line) ?? []
    if (name === undefined || to === undefined) return []
    return [{ name, ...(from === undefined ? {} : { from }), to }]
  })

/** Docker and what runs containers for it, by the names that Debian, Ubuntu and Docker give them. */
const engineNames = new Set(['docker.io', 'docker-ce', 'containerd', 'containerd.io', 'runc', 'moby-engine'])

export const isOfEngine = ({ name }: PackageChange): boolean => engineNames.has(name)

/** Whether a newer kernel is installed than the one that runs. In a container there is none. Pure. */
export const hasNewerKernel = (installed: readonly string[], running: string): boolean => {
  if (!installed.includes(running)) return false
  const order = new Intl.Collator('en', { numeric: true })
  // Kernels of another kind (cloud, rt) stand beside this one and are not what would be booted instead of it.
  const kindOf = (release: string): string => release.replaceAll(/[\d.~+]+/g, '')
  return installed.some((other) => kindOf(other) === kindOf(running) && order.compare(other, running) > 0)
}
