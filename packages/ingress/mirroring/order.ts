/** What the configuration says of the copies of a route, as JSON; HAProxy adds what it knows of the request. */
export interface MirrorOrder {
  /** Backend with the tasks of whom they are sent to. */
  readonly to: string
  /** As people name it: `shop/production`, `web-next`, `shop.example.org/`. */
  readonly app: string
  readonly service: string
  readonly route: string
}

/** Variable by which HAProxy knows that a request was heard of: `txn.mirror.heard`. */
export const [prefix, heard] = ['mirror', 'heard']

/** By which our own HAProxy knows the backend of a copy; whatever a client says there is gone. */
export const toHeader = 'x-atoll-mirror'

/** Of an answer that a task gave, and not HAProxy in its place. */
export const answeredHeader = 'x-atoll-answered'
