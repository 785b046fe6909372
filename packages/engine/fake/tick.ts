import { orchestrate } from './orchestrate.ts'
import { rollOut } from './roll-out.ts'
import { runTask } from './run-task.ts'
import { schedule } from './schedule.ts'
import type { World } from './world.ts'

/** The grain of the fake's time. */
export const stepMs = 100

/** Lets time pass, step by step, so that whoever looks in between sees what he would of a real engine. */
export const tick = (world: World, ms: number, afterStep?: (world: World) => void): void => {
  for (let left = ms; left > 0; left -= stepMs) {
    world.nowMs += Math.min(left, stepMs)
    step(world)
    afterStep?.(world)
  }
}

const step = (world: World): void => {
  for (const service of world.services.values()) {
    rollOut(world, service)
    orchestrate(world, service)
    schedule(world, service)
    for (const task of service.tasks) runTask(world, { service, task })
  }
}
