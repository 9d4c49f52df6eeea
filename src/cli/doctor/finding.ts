/** The doctor's finding about one thing. */
export interface Finding {
  readonly is: 'good' | 'doubtful' | 'bad'
  readonly what: 'options' | 'secret' | 'store' | 'rights' | 'memory' | 'clock' | 'tables' | 'cookie'
  readonly says: string
}
