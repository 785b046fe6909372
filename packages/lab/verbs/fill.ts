import { fillDisk } from '../disk.ts'
import { getInit } from '../host.ts'
import type { Lab, LabNode } from '../lab.ts'

/** Leaves no byte free on a host's filesystem. Gives the bytes taken. */
export const fillNode = async (lab: Lab, node: LabNode): Promise<number> => fillDisk(node, await getInit(lab, node))
