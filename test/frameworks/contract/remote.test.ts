/** As contract.test.ts, with a store that answers later: the response is held. */
import { remoteStore } from '../../_support/remote-store.ts'
import { describeAdapters } from './suite.ts'

describeAdapters(remoteStore)
