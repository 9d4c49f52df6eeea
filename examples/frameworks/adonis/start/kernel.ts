import server from '@adonisjs/core/services/server'

server.errorHandler(() => import('#exceptions/handler'))
server.use([
  () => import('#middleware/session_middleware'),
  () => import('#middleware/csrf_middleware'),
  () => import('@adonisjs/core/bodyparser_middleware'),
])
