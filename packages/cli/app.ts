import { styleText } from 'node:util'
import { buildApplication, buildCommand, buildRouteMap, text_en } from '@stricli/core'
import type { Application, ApplicationText, Command, RouteMap } from '@stricli/core'
import type { Cli } from './cli.ts'
import { describeUsage } from './describe-usage.ts'
import { jsonFlag } from './parameters.ts'
import type { JsonFlags } from './parameters.ts'
import { routes } from './routes.ts'
import { renderError } from './terminal/error.ts'
import { renderGroupHelp } from './terminal/group-help.ts'
import { createPalette } from './terminal/palette.ts'
import type { CommandRoute, GroupRoute, Route } from './routes.ts'

/** Builds the application with the command that was typed loaded, and only that one. */
export const buildApp = async (words: readonly string[]): Promise<Application<Cli>> =>
  createApplication(
    await buildGroup({ brief: summary, routes }, (name, depth) => words[depth] === name),
    findPath(words),
  )

/** The words of the command among those typed, as somebody would say them. */
const findPath = (words: readonly string[]): string => {
  const path = ['atoll']
  let table: GroupRoute['routes'] = routes
  for (const word of words) {
    const route = Object.hasOwn(table, word) ? table[word] : undefined
    if (route === undefined) break
    path.push(word)
    table = 'routes' in route ? route.routes : {}
  }
  return path.join(' ')
}

const summary = 'Run containers on one to twenty servers, and survive the loss of any of them.'

type IsWanted = (name: string, depth: number) => boolean

const isNever: IsWanted = () => false

const buildGroup = async (group: GroupRoute, isWanted: IsWanted, depth = 0): Promise<RouteMap<Cli>> => {
  const entries = Object.entries(group.routes)
  const isLoaded = chooseLoaded(group, isWanted, depth)
  const built = await Promise.all(
    entries.map(async ([name, route]) => [name, await buildRoute(route, isLoaded, { name, depth })] as const),
  )
  const usual = group.usual === undefined ? {} : { defaultCommand: group.usual }
  const map = buildRouteMap({ routes: Object.fromEntries(built), ...usual, docs: { brief: group.brief } })
  return { ...map, formatHelp: ({ prefix, ansiColor }) => renderHelp(group, { prefix, hasColor: ansiColor }) }
}

/** Where no command of a group was typed, its usual one is meant. */
const chooseLoaded = ({ routes: own, usual }: GroupRoute, isWanted: IsWanted, depth: number): IsWanted => {
  if (usual === undefined || isWanted === isNever) return isWanted
  if (Object.keys(own).some((name) => isWanted(name, depth))) return isWanted
  return (name, at) => (at === depth && name === usual) || isWanted(name, at)
}

const renderHelp = (
  { brief, routes }: GroupRoute,
  { prefix, hasColor }: { readonly prefix: readonly string[]; readonly hasColor: boolean },
): string => {
  const commands = Object.entries(routes).map(([name, route]) => ({ name, brief: route.brief }))
  return renderGroupHelp({ prefix: prefix.join(' '), brief, commands }, createPalette(hasColor))
}

const buildRoute = async (
  route: Route,
  isWanted: IsWanted,
  { name, depth }: { readonly name: string; readonly depth: number },
): Promise<Command<Cli> | RouteMap<Cli>> => {
  const isOnPath = isWanted(name, depth)
  if ('routes' in route) return buildGroup(route, isOnPath ? isWanted : isNever, depth + 1)
  return isOnPath ? (await route.load()).command(route.brief) : createPlaceholder(route)
}

/** Stands in the list of commands; is never run, because the command typed is always loaded. */
const createPlaceholder = ({ brief }: CommandRoute): Command<Cli> =>
  buildCommand<JsonFlags, [], Cli>({ docs: { brief }, parameters: { flags: jsonFlag }, func: async () => {} })

const createApplication = (root: RouteMap<Cli>, path: string): Application<Cli> =>
  buildApplication(root, {
    name: 'atoll',
    versionInfo: { getCurrentVersion: readVersion },
    scanner: { caseStyle: 'allow-kebab-for-camel', allowArgumentEscapeSequence: true, distanceOptions },
    documentation: { useAliasInUsageLine: true, onlyRequiredInUsageLine: true },
    localization: { text: createText(path) },
  })

const readVersion = async (): Promise<string> =>
  (await import('./package.json', { with: { type: 'json' } })).default.version

/** Words further from what was typed than two slips of a finger are no help. */
const distanceOptions = { threshold: 2, weights: { insertion: 1, deletion: 1, substitution: 1, transposition: 1 } }

const createText = (path: string): ApplicationText => ({
  ...text_en,
  briefs: { ...text_en.briefs, help: 'Show this', argumentEscapeSequence: 'What follows is no flag' },
  exceptionWhileParsingArguments: (error, hasColor) => {
    const { message, hint } = describeUsage(error, path)
    return renderUsage(message, hint, hasColor)
  },
  noCommandRegisteredForInput: ({ input, corrections, ansiColor }) =>
    renderUsage(
      `no command "${input}"${corrections.length > 0 ? `; did you mean ${corrections.join(' or ')}` : ''}`,
      `"${path} --help" lists all`,
      ansiColor,
    ),
})

/** The router writes it all in red, and ends the line; an error looks like any other. */
const renderUsage = (message: string, hint: string | undefined, hasColor: boolean): string => {
  const text = renderError(message, hint, createPalette(hasColor)).trimEnd()
  return hasColor ? styleText('reset', text, { validateStream: false }) : text
}
