/** Receipts are written every second of a deployment and are large; releases are written once. */
const KEPT_REVISIONS: Readonly<Record<string, number>> = { deployment: 5, release: 2 }

/** Enough to see how a record came about. A writer that slept through so many is found out by it (see swarm/put.ts). */
const DEFAULT_KEPT_REVISIONS = 10

/**
 * Revisions kept of each document of a collection, the newest among them. All writers of a store have to agree on it,
 * so it is no setting.
 */
export const keptRevisionsOf = (collection: string): number =>
  (Object.hasOwn(KEPT_REVISIONS, collection) ? KEPT_REVISIONS[collection] : undefined) ?? DEFAULT_KEPT_REVISIONS
