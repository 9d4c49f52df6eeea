import { session } from '../../lib/session'

export async function State({ id }: { id: string }) {
  const visit = await (await session()).load()
  return <p id={id}>{`${visit.principal ?? 'somebody'} ${(await visit.get('n')) ?? 0}`}</p>
}

export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error)
}
