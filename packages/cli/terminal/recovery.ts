import type { Palette } from './palette.ts'
import type { Recovered, Standing } from '../system/recover.ts'

/** What is known to be safe, and what may be lost, before somebody is asked. */
export const renderStanding = ({ manager, answering, silent }: Standing, palette: Palette): readonly string[] => [
  `${palette.bold(manager.name)} is a manager without a majority: nothing can be changed.`,
  ...answering.map((address) => `  ${palette.green('answers')}  the manager at ${address}`),
  ...silent.map((address) => `  ${palette.red('silent')}   the manager at ${address}, asked from this machine`),
  '',
  'Safe: what runs on other nodes goes on; the data in volumes; and what this manager knows: apps, releases, configs,',
  `secrets, people. ${manager.tasks} ${manager.tasks === 1 ? 'task runs' : 'tasks run'} here, and may be started anew.`,
  'May be lost: what was changed in the last moments before the others went, where it had not come here yet.',
  '',
  `Then: ${manager.name} is the only manager of a Swarm that goes on with all it knows. What ran on the managers that are`,
  'lost starts on nodes that are left. Should they come back, start them one at a time: together they would be a majority',
  'of the Swarm of before, and go on as that.',
]

/** What is so afterwards, and what is next. */
export const renderRecovered = (
  { node, lost, environments, nodes, ready }: Recovered,
  palette: Palette,
): readonly string[] => [
  `${palette.green('✓')} ${palette.bold(node)} leads again: ${ready} of ${nodes} nodes are ready, the documents of ${environments} environment${environments === 1 ? '' : 's'} are there`,
  ...(lost.length === 0 ? [] : [`  away: ${lost.join(', ')}`]),
  '  next:',
  '    make three managers of nodes that are there: atoll node promote NODE',
  ...lost.map(
    (name) =>
      `    ${name}: start it, and no other; it is a manager again within a minute. Gone? atoll node rm ${name} --force`,
  ),
  ...(lost.length === 0
    ? []
    : ['    one that was removed, or does not find its way: atoll recover --rejoin ssh://root@HOST']),
]
