import { world } from '../../../lib/world'

/** Tells what happened since the last time, and moves the world. */
export function GET(request: Request): Response {
  const { searchParams } = new URL(request.url)
  const { made, calls } = world
  world.calls = []
  world.now += Number(searchParams.get('pass') ?? 0)
  world.isDown = searchParams.has('down')
  if (searchParams.has('open')) world.gate.resolve()
  return Response.json({ made, calls })
}
