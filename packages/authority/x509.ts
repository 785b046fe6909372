// The library finds its parts by decorators and needs this first.
import 'reflect-metadata'
import { webcrypto } from 'node:crypto'
import * as x509 from '@peculiar/x509'

x509.cryptoProvider.set(webcrypto)

export { x509 }

/** Ends with a line break, so that texts can stand one after the other. */
export const renderPem = (certificate: x509.X509Certificate): string => `${certificate.toString('pem')}\n`
