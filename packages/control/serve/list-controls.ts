import type { Sightings } from '../view/sightings.ts'

/** Addresses of the managers as they were last seen: whoever asks one knows the others, should it die. */
export const listControls = (sightings: Pick<Sightings, 'nodes'>): string =>
  (sightings.nodes()?.value ?? [])
    .filter(({ isManager, address }) => isManager && address !== '' && address !== '0.0.0.0')
    .map(({ address }) => address)
    .join(',')
