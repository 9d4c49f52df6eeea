/** @param {string | undefined} file of a SQLite database; without one the sessions stay in memory */
export async function store(file) {
  if (!file) return undefined
  const { sqliteStore } = await import('sojourn/stores/sqlite')
  return sqliteStore(file)
}
