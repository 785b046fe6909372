/** On every answer, whatever it is: nobody keeps it, shows it in a frame, takes it for another type, or comes without TLS. */
export const safetyHeaders = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'strict-transport-security': 'max-age=31536000',
  'cross-origin-resource-policy': 'same-origin',
} as const
