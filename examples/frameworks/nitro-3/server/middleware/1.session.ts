import { session } from 'sojourn/h3'
import { sessions } from '../sessions'

export default session(sessions)
