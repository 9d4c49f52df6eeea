import { csrf } from 'sojourn/auth'
import { guard } from 'sojourn/h3'

export default guard(sessions, csrf(sessions))
