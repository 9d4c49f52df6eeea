import { index, route } from '@react-router/dev/routes'

export default [index('routes/home.tsx'), route('account', 'routes/account.tsx'), route('mishaps', 'routes/mishaps.tsx')]
