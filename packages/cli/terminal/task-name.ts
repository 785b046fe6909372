/** How a task is called everywhere: `web.2`, or `web` with the start of its id where tasks have no number. */
export const nameTask = (task: {
  readonly service: string
  readonly slot?: number | undefined
  readonly taskId: string
}): string => (task.slot === undefined ? `${task.service}.${task.taskId.slice(0, 5)}` : `${task.service}.${task.slot}`)
