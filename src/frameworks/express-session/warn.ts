const said = new Set<string>()

/** A process warning, once for each text: what an application of many middlewares does wrong it does at every request. */
export function warnOnce(message: string): void {
  if (said.has(message)) return
  said.add(message)
  process.emitWarning(message, 'SojournWarning')
}
