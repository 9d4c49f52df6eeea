import { memoryStore } from 'sojourn'

export const store = memoryStore()
