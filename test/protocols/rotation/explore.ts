/** Visits everything that can happen, in whatever order, and looks for what must not. */
import type { Exploration, Rules } from './rules.ts'
import { canonical, firstWorld, stepsOf } from './world.ts'
import type { Actor, World } from './world.ts'

export interface Explored {
  readonly worlds: number
  /** The shortest way to something wrong, its name at the end. */
  readonly counterexample: readonly string[] | undefined
}

interface Edge {
  readonly to: number
  /** Who was let in on this way, or that time passed. */
  readonly by: Actor | undefined
}

interface Found {
  readonly world: World
  readonly from: number
  readonly what: string
}

export function explore(rules: Rules, exploration: Exploration): Explored {
  const first = canonical(firstWorld(), exploration)
  const found: Found[] = [{ world: first, from: -1, what: 'begin' }]
  const known = new Map([[keyOf(first), 0]])
  const edges: Edge[][] = []
  for (let at = 0; at < found.length; at++) {
    const out: Edge[] = []
    for (const { what, actor, admitted, next, wrong } of stepsOf(found[at]!.world, rules, exploration)) {
      if (wrong) return { worlds: found.length, counterexample: [...wayTo(found, at), what, wrong] }
      if (!next) continue
      const world = canonical(next, exploration)
      const key = keyOf(world)
      let to = known.get(key)
      if (to === undefined) {
        to = found.length
        known.set(key, to)
        found.push({ world, from: at, what })
      }
      out.push({ to, by: admitted || actor === 'time' ? actor : undefined })
    }
    edges.push(out)
  }
  const endless = findEndless(edges)
  const counterexample = endless === undefined ? undefined : [...wayTo(found, endless), 'both go on for ever without an alarm']
  return { worlds: found.length, counterexample }
}

function wayTo(found: readonly Found[], at: number): string[] {
  const way: string[] = []
  for (let i = at; i >= 0; i = found[i]!.from) way.unshift(found[i]!.what)
  return way
}

function keyOf({ meta, jar, exchanges, losses, loot, relics, replica }: World): string {
  const { generation, authGeneration, current, pending, retired, unconfirmed } = meta
  return JSON.stringify([generation, authGeneration, current, pending, retired, unconfirmed, jar, exchanges, losses, loot, relics, replica])
}

/**
 * A world that can be come back to while the user is let in, the thief is, and time passes: Tarjan's strongly connected
 * components.
 */
function findEndless(edges: readonly (readonly Edge[])[]): number | undefined {
  const component = componentsOf(edges)
  const actors = new Map<number, Set<Actor>>()
  for (const [from, out] of edges.entries()) {
    for (const { to, by } of out) {
      if (!by || component[from] !== component[to]) continue
      const seen = actors.get(component[from]!) ?? new Set()
      actors.set(component[from]!, seen.add(by))
      if (seen.has('user') && seen.has('thief') && seen.has('time')) return from
    }
  }
  return undefined
}

function componentsOf(edges: readonly (readonly Edge[])[]): number[] {
  const order: number[] = Array(edges.length).fill(-1)
  const low: number[] = Array(edges.length).fill(0)
  const component: number[] = Array(edges.length).fill(-1)
  const stack: number[] = []
  let count = 0
  for (let root = 0; root < edges.length; root++) {
    if (order[root] !== -1) continue
    const calls: { readonly node: number; next: number }[] = []
    const enter = (node: number): void => {
      order[node] = low[node] = count++
      stack.push(node)
      calls.push({ node, next: 0 })
    }
    enter(root)
    for (let call = calls.at(-1); call; call = calls.at(-1)) {
      const { node } = call
      const edge = edges[node]![call.next++]
      if (edge) {
        if (order[edge.to] === -1) enter(edge.to)
        else if (component[edge.to] === -1) low[node] = Math.min(low[node]!, order[edge.to]!)
        continue
      }
      calls.pop()
      const caller = calls.at(-1)
      if (caller) low[caller.node] = Math.min(low[caller.node]!, low[node]!)
      if (low[node] !== order[node]) continue
      for (let member = stack.pop()!; ; member = stack.pop()!) {
        component[member] = node
        if (member === node) break
      }
    }
  }
  return component
}
