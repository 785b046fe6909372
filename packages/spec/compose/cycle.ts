/** The nodes of a circle in a graph, in the order of its edges; undefined when there is none. Without recursion. */
export const findCycle = (edges: ReadonlyMap<string, readonly string[]>): readonly string[] | undefined => {
  const done = new Set<string>()
  for (const start of edges.keys()) {
    const path: string[] = []
    const onPath = new Set<string>()
    const waiting: { readonly name: string; readonly isLeaving: boolean }[] = [{ name: start, isLeaving: false }]
    for (let step = waiting.pop(); step !== undefined; step = waiting.pop()) {
      const { name, isLeaving } = step
      if (isLeaving) {
        path.pop()
        onPath.delete(name)
        done.add(name)
      } else if (onPath.has(name)) return path.slice(path.indexOf(name))
      else if (!done.has(name)) {
        path.push(name)
        onPath.add(name)
        waiting.push({ name, isLeaving: true })
        for (const to of edges.get(name) ?? []) waiting.push({ name: to, isLeaving: false })
      }
    }
  }
  return undefined
}
