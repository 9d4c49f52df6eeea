export { default, Store, Session, Cookie, MemoryStore, default as 'module.exports' } from 'sojourn/express-session'
