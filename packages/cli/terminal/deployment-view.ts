import type { Action } from '@atoll/plan'
import type { Cause, DeploymentEvent } from '@atoll/deploy'
import { describeAction } from './action.ts'

type Of<K extends DeploymentEvent['kind']> = Extract<DeploymentEvent, { kind: K }>

/** What is known of a running deployment, gathered from its events; what the live lines are drawn from. */
export interface DeploymentView {
  readonly startedAtMs: number
  readonly phase?: Of<'phase'>['phase']
  readonly release?: number
  readonly deployment?: number
  readonly actionCount: number
  readonly done: number
  /** Actions begun and not done, in words. */
  readonly underway: readonly string[]
  readonly build?: { readonly service: string; readonly line: string }
  readonly services: Readonly<Record<string, ServiceView>>
  readonly causes: readonly Cause[]
  readonly isGoingBack: boolean
  /** What it waits for, until something else happens. */
  readonly wait?: string
}

export interface ServiceView {
  readonly wanted: number
  readonly running: number
  readonly isConverged: boolean
  /** Newest state of each task, by task id. */
  readonly tasks: Readonly<Record<string, Of<'task'>>>
}

export const emptyView = (startedAtMs: number): DeploymentView => ({
  startedAtMs,
  actionCount: 0,
  done: 0,
  underway: [],
  services: {},
  causes: [],
  isGoingBack: false,
})

/** The view after one more event. */
export const applyEvent = (view: DeploymentView, event: DeploymentEvent): DeploymentView => {
  const { wait: _over, ...rest } = view
  switch (event.kind) {
    case 'phase':
      return { ...rest, phase: event.phase }
    case 'build':
      return { ...rest, build: { service: event.service, line: event.line } }
    case 'image':
      return rest
    case 'plan':
      return { ...rest, ...startPlan(event) }
    case 'action':
      return { ...rest, ...moveAction(rest, event.action, event.state) }
    case 'task':
      return { ...rest, services: changeService(rest, event.service, (service) => addTask(service, event)) }
    case 'service':
      return { ...rest, services: changeService(rest, event.service, (service) => ({ ...service, ...counts(event) })) }
    case 'cause':
      return { ...rest, causes: [...rest.causes, event.cause] }
    case 'rollback':
      return { ...rest, isGoingBack: true }
    case 'wait':
      return { ...rest, wait: event.message }
    case 'end':
      return { ...rest, underway: [] }
  }
}

const startPlan = ({ release, deployment, actions }: Of<'plan'>): Partial<DeploymentView> => ({
  release,
  deployment,
  // A wait is no step: nothing is sent for it, and nobody says when it is done.
  actionCount: actions.filter((action) => action.kind !== 'await-service').length,
  done: 0,
  underway: [],
})

const moveAction = (
  { underway, done }: Pick<DeploymentView, 'underway' | 'done'>,
  action: Action,
  state: 'started' | 'done',
): Partial<DeploymentView> => {
  const words = describeAction(action)
  if (state === 'started') return { underway: [...underway.filter((each) => each !== words), words] }
  return { underway: underway.filter((each) => each !== words), done: done + 1 }
}

const changeService = (
  { services }: Pick<DeploymentView, 'services'>,
  name: string,
  change: (service: ServiceView) => ServiceView,
): DeploymentView['services'] => ({
  ...services,
  [name]: change(services[name] ?? { wanted: 0, running: 0, isConverged: false, tasks: {} }),
})

const counts = ({ wanted, running, isConverged }: Of<'service'>): Partial<ServiceView> => ({
  wanted,
  running,
  isConverged,
})

/** Old tasks of a service that crashes or rolls many times would grow without end. */
const maximumTasks = 200

const addTask = (service: ServiceView, event: Of<'task'>): ServiceView => {
  const others = Object.entries(service.tasks).filter(([id]) => id !== event.taskId)
  return { ...service, tasks: Object.fromEntries([...others.slice(1 - maximumTasks), [event.taskId, event]]) }
}
