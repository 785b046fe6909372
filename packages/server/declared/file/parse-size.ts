const units: Readonly<Record<string, number>> = { M: 1024 ** 2, G: 1024 ** 3 }

/** Bytes of `512M` or `2G`; undefined for what is none, below 64 MiB or above 256 GiB. */
export const parseSize = (text: string): number | undefined => {
  const [, number = '', unit = ''] = /^(\d{1,6})([MG])i?B?$/.exec(text) ?? []
  const bytes = Number(number) * (units[unit] ?? 0)
  return bytes >= 64 * 1024 ** 2 && bytes <= 256 * 1024 ** 3 ? bytes : undefined
}
