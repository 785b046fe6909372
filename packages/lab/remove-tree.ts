import { rm } from 'node:fs/promises'
import { LabError } from './errors.ts'
import { findMounts } from './mounts.ts'

/** Removes a folder with all that is in it. Throws LabError `machine-unfit` when something is mounted there. */
export const removeTree = async (folder: string): Promise<void> => {
  // Removing goes through a mount, into whatever it shows: the machine's own /dev for one.
  const [mount] = await findMounts(folder)
  if (mount !== undefined) {
    throw new LabError(
      'machine-unfit',
      `remove ${folder}: ${mount} is mounted there; run "umount ${mount}" and try again`,
    )
  }
  await rm(folder, { recursive: true, force: true })
}
