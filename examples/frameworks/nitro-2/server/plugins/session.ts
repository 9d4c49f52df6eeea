import { session } from 'sojourn/h3'

export default session(sessions)
