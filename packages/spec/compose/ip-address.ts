const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/
const GROUP = /^[\da-f]{1,4}$/i

/** An IPv4 or IPv6 address as Go's net.ParseIP takes it: no zone, no prefix length, no leading zeros in IPv4. */
export const isIpAddress = (text: string): boolean => IPV4.test(text) || isIpv6(text)

const isIpv6 = (text: string): boolean => {
  const halves = text.split('::')
  if (halves.length > 2 || !text.includes(':')) return false
  const groups = halves.flatMap((half) => (half === '' ? [] : half.split(':')))
  const tail = groups.at(-1) ?? ''
  const endsInIpv4 = !text.endsWith(':') && IPV4.test(tail)
  const words = endsInIpv4 ? groups.slice(0, -1) : groups
  const length = words.length + (endsInIpv4 ? 2 : 0)
  return words.every((group) => GROUP.test(group)) && (halves.length === 2 ? length < 8 : length === 8)
}
