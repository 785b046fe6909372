import type { Service } from '@atoll/spec'
import type { Action } from './action.ts'
import { describeService } from './describe-service.ts'
import type { RouteDifference } from './diff-routes.ts'
import { askedGeneration } from './effective.ts'
import { maskChange, maskText } from './mask.ts'
import type { FieldChange } from './observed.ts'
import { restartCauses } from './restarts.ts'

type Paint = (text: string) => string

/** Colours as functions, so that rendering stays pure; one that gives its text back unchanged is no colour. */
export interface PlanPalette {
  readonly bold: Paint
  readonly dim: Paint
  readonly red: Paint
  readonly green: Paint
  readonly yellow: Paint
}

interface Look {
  readonly palette: PlanPalette
  /** Columns a name takes. */
  readonly names: number
}

/** One action as lines of text. */
export const renderAction = (action: Action, look: Look): readonly string[] => {
  const { palette } = look
  const added = (what: string, name: string, detail: string): readonly string[] => [
    line(palette.green('+'), { what, name, detail }, look),
  ]
  const removed = (what: string, name: string): readonly string[] => [
    line(palette.red('-'), { what, name, detail: '' }, look),
  ]
  switch (action.kind) {
    case 'create-network':
      return added('network', action.network.name, action.network.driver)
    case 'create-config':
      return added('config', action.file.name, action.file.engineName)
    case 'create-secret':
      return added('secret', action.file.name, action.file.engineName)
    case 'place-volume':
      return added('volume', action.volume.name, `placed on ${action.nodeName}, where ${action.service} stays with it`)
    case 'create-service':
      return [
        ...added('service', action.service.name, `${describeMode(action.service)} of ${describeImage(action.service)}`),
        ...describeService(action.service).map((fact) => palette.dim(`      ${maskText(fact)}`)),
      ]
    case 'update-service':
    case 'replace-service':
      return renderChanged(action, look)
    case 'await-service':
      return [palette.dim(`  . wait until ${action.service} ${conditionWords[action.condition]}`)]
    case 'remove-service':
      return removed('service', action.engineName)
    case 'remove-network':
      return removed('network', action.engineName)
    case 'remove-config':
      return removed('config', action.engineName)
    case 'remove-secret':
      return removed('secret', action.engineName)
  }
}

/** A route that a deploy changes; no action does it: ingresses are given it with the release. */
export const renderRoute = ({ service, route, kind, changes }: RouteDifference, look: Look): readonly string[] => {
  const { palette } = look
  const sign = { added: palette.green('+'), removed: palette.red('-'), changed: palette.yellow('~') }[kind]
  const head = line(sign, { what: 'route', name: service, detail: route }, look)
  return [head, ...renderChanges(kind === 'changed' ? changes : [], palette)]
}

const conditionWords = { started: 'has started', healthy: 'is healthy', completed: 'has completed' } as const

const line = (
  sign: string,
  { what, name, detail }: { readonly what: string; readonly name: string; readonly detail: string },
  { palette, names }: Look,
): string => `  ${sign} ${what.padEnd(8)}${palette.bold(name.padEnd(names))}  ${detail}`.trimEnd()

const describeMode = ({ mode }: Service): string => {
  switch (mode.kind) {
    case 'replicated':
      return mode.replicas === 1 ? '1 task' : `${mode.replicas} tasks`
    case 'global':
      return 'a task on every node'
    case 'once':
      return mode.completions === 1 ? 'one run' : `${mode.completions} runs`
    case 'once-per-node':
      return 'one run on every node'
  }
}

const describeImage = ({ image }: Service): string =>
  image === '' ? 'an image still to be built' : shortenDigests(maskText(image))

/** Twelve digits of a digest tell images apart for a person. */
const shortenDigests = (text: string): string => text.replaceAll(/(sha256:[0-9a-f]{12})[0-9a-f]{52}/g, '$1')

type Changed = Extract<Action, { kind: 'update-service' | 'replace-service' }>

const renderChanged = (action: Changed, look: Look): readonly string[] => {
  const { palette } = look
  const sign = palette.yellow(action.kind === 'replace-service' ? '±' : '~')
  const head = line(sign, { what: 'service', name: action.service.name, detail: describeEffect(action) }, look)
  // A generation is a number for the engine; the line above says what it means.
  const changes = action.changes.filter(({ field }) => field !== 'generation')
  return [head, ...renderChanges(changes, palette)]
}

const renderChanges = (changes: readonly FieldChange[], palette: PlanPalette): readonly string[] => {
  const width = Math.max(...changes.map(({ field }) => field.length))
  return changes.map((change) => `      ${renderChange(change, { palette, width })}`)
}

/** What the change does to running tasks, and for which fields. */
const describeEffect = ({ kind, changes, service }: Changed): string => {
  if (kind === 'replace-service') return 'is removed and created anew: its mode cannot be changed in place'
  if (service.mode.kind === 'once' || service.mode.kind === 'once-per-node') return 'runs again, as for every release'
  const causes = restartCauses(changes)
  if (causes.length === 0) return 'changes without a restart'
  return `restarts: ${causes.map(describeCause).join(', ')}`
}

const describeCause = (change: FieldChange): string => {
  if (change.field !== 'generation') return change.field
  return isFollowing(change) ? 'something it depends on changes' : 'it was asked to run again'
}

/** A generation that changes only because one of its dependencies does. */
const isFollowing = ({ from, to }: FieldChange): boolean =>
  askedGeneration(Number(from)) === askedGeneration(Number(to))

/** A long value says more by its beginning than by filling the screen. */
const maxValueLength = 100

const renderChange = (
  change: FieldChange,
  { palette, width }: { readonly palette: PlanPalette; readonly width: number },
): string => {
  const { field, from, to } = maskChange(change)
  const value = (text: string | undefined): string =>
    text === undefined ? '(none)' : shorten(readable(shortenDigests(text)))
  return `${field.padEnd(width)}  ${palette.red(value(from))} -> ${palette.green(value(to))}`
}

const shorten = (text: string): string =>
  text.length > maxValueLength ? `${text.slice(0, maxValueLength - 3)}...` : text

/** A plain word needs no quotes. */
const readable = (json: string): string => (/^"[^"\\\s]+"$/.test(json) ? json.slice(1, -1) : json)
