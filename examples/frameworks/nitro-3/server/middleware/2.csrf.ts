import { csrf } from 'sojourn/auth'
import { guard } from 'sojourn/h3'
import { sessions } from '../sessions'

export default guard(sessions, csrf(sessions))
