import { defineConfig } from '@adonisjs/core/http'

export const appKey = process.env['SESSION_SECRET']!
export const http = defineConfig({ cookie: {} })
