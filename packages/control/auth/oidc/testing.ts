export { openTestBrowser } from './test-browser.ts'
export { openTestProvider, testClient } from './test-provider.ts'
