const dayMinutes = 24 * 60

const toMinutes = (text: string): number => {
  const [hours = 0, minutes = 0] = text.split(':').map(Number)
  return hours * 60 + minutes
}

/** Whether a moment is in hours of the day such as `03:00-05:00`, UTC, over midnight too; empty are all hours. */
export const isWithin = (hours: string, nowMs: number): boolean => {
  if (hours === '') return true
  const [from = 0, until = 0] = hours.split('-').map(toMinutes)
  const now = Math.floor(nowMs / 60_000) % dayMinutes
  return from < until ? now >= from && now < until : now >= from || now < until
}
