import { cutPower } from '../host.ts'
import type { Lab, LabNode } from '../lab.ts'

/** Power cut: the host falls silent and all its processes die at one instant. Its disk stays. */
export const killNode = (lab: Lab, node: LabNode): Promise<void> => cutPower(lab, node)
