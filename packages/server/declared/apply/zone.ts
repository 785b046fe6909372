import { order } from '../../ask.ts'
import type { Place } from '../../ask.ts'
import { zoneFolder } from '../observe/kernel.ts'
import { writeText } from '../../files.ts'

export const setZone = async (place: Place, zone: string): Promise<void> => {
  // A link that leads nowhere would be UTC, and nobody would be told.
  await order(place, ['test', '-e', `${zoneFolder}${zone}`])
  await writeText(place, '/etc/timezone', `${zone}\n`)
  await order(place, [
    'ln',
    '--symbolic',
    '--force',
    '--no-dereference',
    `${zoneFolder}${zone}`,
    '/etc/localtime.atoll-new',
  ])
  await order(place, ['mv', '--no-target-directory', '/etc/localtime.atoll-new', '/etc/localtime'])
}
