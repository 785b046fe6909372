/** Where `npm run up` puts the command line, and `npm run down` takes it away again. */
export const commandLink = '/usr/local/bin/atoll'
