const secondMs = 1000
const minuteMs = 60 * secondMs
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs

/** How long something took, as exactly as a person can use: `0.4 s`, `12 s`, `3 min 5 s`, `2 h 4 min`, `5 d 3 h`. */
export const renderDuration = (durationMs: number): string => {
  const ms = Math.max(0, durationMs)
  if (ms < 9_950) return `${(ms / secondMs).toFixed(1)} s`
  if (ms < minuteMs - secondMs / 2) return `${Math.round(ms / secondMs)} s`
  if (ms < hourMs) return inTwo(ms, { big: minuteMs, bigName: 'min', small: secondMs, smallName: 's' })
  if (ms < dayMs) return inTwo(ms, { big: hourMs, bigName: 'h', small: minuteMs, smallName: 'min' })
  return inTwo(ms, { big: dayMs, bigName: 'd', small: hourMs, smallName: 'h' })
}

interface Units {
  readonly big: number
  readonly bigName: string
  readonly small: number
  readonly smallName: string
}

const inTwo = (ms: number, { big, bigName, small, smallName }: Units): string => {
  const smallCount = Math.round(ms / small)
  const perBig = big / small
  const rest = smallCount % perBig
  const head = `${Math.floor(smallCount / perBig)} ${bigName}`
  return rest === 0 ? head : `${head} ${rest} ${smallName}`
}

/** Day and time where the person is: `2026-11-20 10:30:01`. */
export const renderMoment = (atMs: number): string => {
  const at = new Date(atMs)
  const day = [at.getFullYear(), pad(at.getMonth() + 1), pad(at.getDate())].join('-')
  return `${day} ${renderClock(atMs)}`
}

/** Time of day where the person is: `10:30:01`. */
export const renderClock = (atMs: number): string => {
  const at = new Date(atMs)
  return [at.getHours(), at.getMinutes(), at.getSeconds()].map(pad).join(':')
}

const pad = (number: number): string => String(number).padStart(2, '0')

const unitsMs: Readonly<Record<string, number>> = { s: secondMs, m: minuteMs, h: hourMs, d: dayMs }

/**
 * Parses what `--since` takes: an age (`90s`, `10m`, `2h`, `3d`, parts may follow each other) or a moment (RFC 3339,
 * or a day). Milliseconds since 1970; undefined when it is neither.
 */
export const parseSince = (text: string, nowMs: number): number | undefined => {
  if (/^(\d+[smhd])+$/.test(text)) {
    const parts = [...text.matchAll(/(\d+)([smhd])/g)]
    return nowMs - parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * (unitsMs[unit ?? ''] ?? 0), 0)
  }
  const atMs = /^\d{4}-/.test(text) ? Date.parse(text) : Number.NaN
  return Number.isNaN(atMs) ? undefined : atMs
}
