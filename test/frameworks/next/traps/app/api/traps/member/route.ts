import { csrf } from 'sojourn/auth'
import { auth } from '../../../../lib/auth'
import { guard, route } from '../../../../lib/session'

const members = guard((sessions) => [csrf(sessions), auth().requireLogin()])

export const POST = route(members((_request, { principal }) => new Response(principal)))
