import { freeDisk } from '../disk.ts'
import { getInit } from '../host.ts'
import type { Lab, LabNode } from '../lab.ts'

/** Gives back what `fill` took. */
export const freeNode = async (lab: Lab, node: LabNode): Promise<void> => freeDisk(node, await getInit(lab, node))
