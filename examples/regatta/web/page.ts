/** Entries of the logbook counted by the node that was seen. */
export type Sightings = Readonly<Record<string, number>>

export interface PageData {
  readonly banner: string
  /** The node and task that answered. */
  readonly node: string
  readonly task: string
  readonly sightings: Sightings
}

export function renderPage({ banner, node, task, sightings }: PageData): string {
  const longest = Math.max(1, ...Object.values(sightings))
  const lanes = Object.entries(sightings).sort(([a], [b]) => a.localeCompare(b))
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta http-equiv="refresh" content="2">
<title>${escape(banner)}</title>
<style>
  body { margin: 0; font: 16px/1.5 system-ui, sans-serif; background: #06283d; color: #eaf6ff }
  main { max-width: 44rem; margin: 0 auto; padding: 3rem 1.5rem }
  h1 { font-weight: 300; letter-spacing: .04em; margin: 0 0 .25rem }
  p { color: #9fc6de; margin: 0 0 2rem }
  .lane { position: relative; height: 3.25rem; border-bottom: 1px dashed #1d5674 }
  .boat { position: absolute; bottom: .1rem; transform: translateX(-100%); font-size: 1.75rem }
  .name { position: absolute; bottom: .4rem; right: 0; color: #9fc6de; font-size: .85rem }
  .here .name { color: #ffd166 }
</style>
<main>
<h1>${escape(banner)}</h1>
<p>Task ${escape(task)} on <strong>${escape(node)}</strong> answered. Each answer moves that node's boat.</p>
${lanes.map(([name, count]) => renderLane(name, count, { longest, isHere: name === node })).join('\n')}
</main>
</html>
`
}

function renderLane(name: string, count: number, { longest, isHere }: { longest: number; isHere: boolean }): string {
  const left = 8 + (80 * count) / longest
  return `<div class="lane${isHere ? ' here' : ''}"><span class="boat" style="left:${left.toFixed(1)}%">⛵</span><span class="name">${escape(name)} · ${count}</span></div>`
}

const escape = (text: string): string => text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
