import type { Request } from 'express'
import { ago, date, left, milliseconds, plural, price } from './formats.ts'
import type { ShopData } from './sessions.ts'

export type Language = 'en' | 'ru'

const en = {
  language: 'en' as Language,
  shop: 'Wayside',
  tagline: 'Things for a slow journey',
  hero: 'Things for the road, and for the stops along it',
  welcomeText: 'Nine of them, each carried for a year before it was put up for sale. Nothing blinks, nothing needs an app.',
  footer: 'Wayside is a demonstration of Sojourn. Nothing is sold, and nothing is sent.',
  skip: 'Skip to the content',
  navigation: 'Main',
  languageLabel: 'Language',
  themeLabel: 'Theme',
  light: 'Light',
  dark: 'Dark',

  addToCart: 'Add to cart',
  added: (name: string): string => `Added to your cart: ${name}.`,
  cart: 'Cart',
  cartEmpty: 'Nothing in it yet.',
  items: plural('en-GB', { one: '# item', other: '# items' }),
  amount: 'Amount',
  less: 'One less',
  more: 'One more',
  remove: 'Remove',
  total: 'Total',
  checkout: 'Place the order',
  toShop: 'Back to the shop',
  thanks: 'Thank you!',
  ordered: (number: string, total: number): string =>
    `Order ${number} for ${price('en-GB')(total)} is placed. If this were a real shop, we would be packing already.`,

  signIn: 'Sign in',
  signInTitle: 'Sign in',
  signOut: 'Sign out',
  userName: 'Name',
  password: 'Password',
  remember: 'Remember me',
  rememberHint: 'For 30 days, even if you do not come by. Otherwise only until the browser closes.',
  wrongPassword: 'Name or password is wrong.',
  tooManyFailures: 'Too many attempts have failed. Please try again in a quarter of an hour.',
  demoUsers: 'Who can sign in',
  demoHint: 'This is a demonstration: choose anyone.',
  fillIn: 'Fill in',
  changedPassword: 'changed, and nobody’s to know',
  welcome: (name: string): string => `Good to see you, ${name}.`,
  signedOut: 'You are signed out. Come back soon.',

  confirmTitle: 'Is it you?',
  confirmHint: 'Your last sign-in was a while ago. Please type your password again.',
  goOn: 'Go on',
  changePassword: 'Change the password',
  changePasswordHint: 'Everywhere else you will be signed out.',
  newPassword: 'New password',
  tooShort: 'A new password has at least 8 characters.',
  passwordChanged: 'Your password is changed, and you are signed out everywhere else.',

  yourSessions: 'Your sessions',
  signedInOn: 'Signed in on',
  signedInHint: 'Do you see one that is not yours? End it: it is signed out at its very next request.',
  thisDevice: 'this one',
  unknownDevice: 'Unknown device',
  address: 'Address',
  created: 'Created',
  lastSeen: 'Last seen',
  end: 'End',
  endOthers: 'End all others',
  ended: plural('en-GB', { one: '# session has been ended.', other: '# sessions have been ended.' }),

  panel: 'What your session is doing',
  toPanel: 'Session',
  noSession: 'There is none yet. Until there is something to keep, nothing is stored and no cookie is set.',
  sessionId: 'Session id',
  who: 'Visitor',
  anonymous: 'anonymous',
  idle: 'Ends, if you stay away, in',
  absolute: 'Ends in any case in',
  requests: 'Latest requests and their store calls',
  noRequests: 'None so far in this process.',
  noCalls: 'no store call',
  event: 'event',
  cleared: '(cleared)',
  process: (id: number): string => `Answered by process ${id}, which remembers the requests it answered itself.`,

  notFound: 'This page does not exist',
  failure: 'That did not work',
  failureHint: 'Please go back and try again.',

  price: price('en-GB'),
  date: date('en-GB'),
  ago: ago('en-GB'),
  left: left('en-GB'),
  milliseconds: milliseconds('en-GB'),
}

/** All that the shop says, in one language. */
export type Texts = typeof en

const ru: Texts = {
  language: 'ru',
  shop: 'Привал',
  tagline: 'Вещи для неспешной дороги',
  hero: 'Вещи для дороги и для привалов на ней',
  welcomeText: 'Их девять, и с каждой мы проходили год, прежде чем выставить её на продажу. Ничего не мигает, ничему не нужно приложение.',
  footer: '«Привал» показывает, как работает Sojourn. Здесь ничего не продают и никуда ничего не отправляют.',
  skip: 'Перейти к содержанию',
  navigation: 'Основное',
  languageLabel: 'Язык',
  themeLabel: 'Оформление',
  light: 'Светлое',
  dark: 'Тёмное',

  addToCart: 'В корзину',
  added: (name) => `«${name}» уже в корзине.`,
  cart: 'Корзина',
  cartEmpty: 'Пока здесь пусто.',
  items: plural('ru-RU', { one: '# товар', few: '# товара', many: '# товаров', other: '# товара' }),
  amount: 'Количество',
  less: 'Убавить',
  more: 'Прибавить',
  remove: 'Убрать',
  total: 'Итого',
  checkout: 'Оформить заказ',
  toShop: 'Вернуться в магазин',
  thanks: 'Спасибо!',
  ordered: (number, total) =>
    `Заказ ${number} на сумму ${price('ru-RU')(total)} оформлен. Будь магазин настоящим, мы бы уже собирали посылку.`,

  signIn: 'Войти',
  signInTitle: 'Вход',
  signOut: 'Выйти',
  userName: 'Имя',
  password: 'Пароль',
  remember: 'Запомнить меня',
  rememberHint: 'На 30 дней, даже если вы не будете заходить. Иначе — только до закрытия браузера.',
  wrongPassword: 'Неверное имя или пароль.',
  tooManyFailures: 'Слишком много неудачных попыток. Попробуйте через четверть часа.',
  demoUsers: 'Кто может войти',
  demoHint: 'Это демонстрация: выберите любого.',
  fillIn: 'Подставить',
  changedPassword: 'изменён и известен только владельцу',
  welcome: (name) => `Рады видеть вас, ${name}.`,
  signedOut: 'Вы вышли. Возвращайтесь!',

  confirmTitle: 'Это вы?',
  confirmHint: 'С последнего входа прошло время. Введите, пожалуйста, пароль ещё раз.',
  goOn: 'Продолжить',
  changePassword: 'Сменить пароль',
  changePasswordHint: 'На всех остальных устройствах вы выйдете.',
  newPassword: 'Новый пароль',
  tooShort: 'В новом пароле должно быть не меньше 8 знаков.',
  passwordChanged: 'Пароль изменён, на остальных устройствах вы вышли.',

  yourSessions: 'Ваши сессии',
  signedInOn: 'Где выполнен вход',
  signedInHint: 'Видите чужой вход? Завершите его: уже при следующем запросе там придётся входить заново.',
  thisDevice: 'это устройство',
  unknownDevice: 'Неизвестное устройство',
  address: 'Адрес',
  created: 'Начало',
  lastSeen: 'Последняя активность',
  end: 'Завершить',
  endOthers: 'Завершить все остальные',
  ended: plural('ru-RU', {
    one: 'Завершена # сессия.',
    few: 'Завершены # сессии.',
    many: 'Завершено # сессий.',
    other: 'Завершено # сессии.',
  }),

  panel: 'Что делает ваша сессия',
  toPanel: 'Сессия',
  noSession: 'Её пока нет. Пока хранить нечего, ничего не записывается и cookie не ставится.',
  sessionId: 'Идентификатор сессии',
  who: 'Посетитель',
  anonymous: 'анонимный',
  idle: 'Без вас завершится через',
  absolute: 'В любом случае завершится через',
  requests: 'Последние запросы и обращения к хранилищу',
  noRequests: 'В этом процессе их пока не было.',
  noCalls: 'хранилище не понадобилось',
  event: 'событие',
  cleared: '(стёрта)',
  process: (id) => `Ответил процесс ${id}; он помнит те запросы, на которые отвечал сам.`,

  notFound: 'Такой страницы нет',
  failure: 'Не получилось',
  failureHint: 'Вернитесь, пожалуйста, назад и попробуйте ещё раз.',

  price: price('ru-RU'),
  date: date('ru-RU'),
  ago: ago('ru-RU'),
  left: left('ru-RU'),
  milliseconds: milliseconds('ru-RU'),
}

export const texts: Readonly<Record<Language, Texts>> = { en, ru }

/** In the language the visitor chose, or the one the browser asks for. */
export async function textsOf(session: { get(key: 'language'): Promise<ShopData['language']> }, req: Request): Promise<Texts> {
  return texts[(await session.get('language')) ?? browserLanguage(req)]
}

export function browserLanguage(req: Request): Language {
  return req.acceptsLanguages('en', 'ru') === 'ru' ? 'ru' : 'en'
}
