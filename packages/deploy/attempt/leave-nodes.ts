import { hasten } from '@atoll/plan'
import { limits } from '../limits.ts'
import type { Attempt } from './attempt.ts'
import { converge } from './converge.ts'
import type { Arrival, Destination } from './converge.ts'

/**
 * Away from nodes that are drained, several tasks at once, and then asked for at the pace of the release again, which touches
 * no task. An update goes slowly because nobody has seen the new tasks run; these are as those that run already.
 */
export const leaveNodes = async (attempt: Attempt, destination: Destination): Promise<Arrival> => {
  const { seen: _, ...later } = destination
  const { app } = destination.desired
  const services = app.services.map((service) => hasten(service, limits.drain.tasksAtOnce))
  const moved = await converge(attempt, {
    ...destination,
    desired: { ...destination.desired, app: { ...app, services } },
  })
  return moved.failures.length > 0 ? moved : converge(attempt, later)
}
