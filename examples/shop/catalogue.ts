import type { Cart } from './sessions.ts'
import type { Language } from './texts.ts'

export interface Product {
  readonly id: string
  /** In euro cents. */
  readonly price: number
  readonly name: Readonly<Record<Language, string>>
  readonly about: Readonly<Record<Language, string>>
}

export interface CartLine {
  readonly product: Product
  readonly amount: number
  readonly price: number
}

export const products: readonly Product[] = [
  {
    id: 'mug',
    price: 14_00,
    name: { en: 'Enamel mug', ru: 'Эмалированная кружка' },
    about: {
      en: 'A third of a litre and an iron character. It forgives every fall, and the chips only add to the story.',
      ru: 'Треть литра и железный характер: падений не боится, а сколы только добавляют ей историй.',
    },
  },
  {
    id: 'kettle',
    price: 42_00,
    name: { en: 'Camp kettle', ru: 'Походный чайник' },
    about: {
      en: 'Boils a litre and a half over any fire. The handle folds flat when it is time to move on.',
      ru: 'Полтора литра кипятка на любом огне. Ручка складывается, когда пора идти дальше.',
    },
  },
  {
    id: 'flask',
    price: 34_50,
    name: { en: 'Steel flask', ru: 'Стальной термос' },
    about: {
      en: 'Tea poured at dawn is still hot at dusk. The lid is a cup, for company there is a second one.',
      ru: 'Чай, налитый на рассвете, не остынет и к закату. Крышка служит чашкой, а для гостя есть вторая.',
    },
  },
  {
    id: 'lantern',
    price: 38_00,
    name: { en: 'Folding lantern', ru: 'Складной фонарь' },
    about: {
      en: 'Folded, it is no thicker than a book; open, it glows for forty hours on one charge.',
      ru: 'В сложенном виде не толще книги, в раскрытом светит сорок часов без подзарядки.',
    },
  },
  {
    id: 'compass',
    price: 27_00,
    name: { en: 'Brass compass', ru: 'Латунный компас' },
    about: {
      en: 'Finds north without a signal, a battery or an update.',
      ru: 'Находит север без сети, батареек и обновлений.',
    },
  },
  {
    id: 'notebook',
    price: 9_50,
    name: { en: 'Pocket notebook', ru: 'Карманный блокнот' },
    about: {
      en: 'Ninety-six pages of stone paper. Write in the rain, if you must.',
      ru: 'Девяносто шесть страниц из каменной бумаги: пишите хоть под дождём.',
    },
  },
  {
    id: 'blanket',
    price: 79_00,
    name: { en: 'Wool blanket', ru: 'Шерстяной плед' },
    about: {
      en: 'Woven from undyed wool. Warm on a night train, warmer by the fire.',
      ru: 'Соткан из некрашеной шерсти. Греет в ночном поезде, а у костра — тем более.',
    },
  },
  {
    id: 'socks',
    price: 16_00,
    name: { en: 'Walking socks', ru: 'Носки для ходьбы' },
    about: {
      en: 'Knitted without a seam at the toe. You will notice at the twentieth kilometre.',
      ru: 'Связаны без шва на мыске. На двадцатом километре вы это оцените.',
    },
  },
  {
    id: 'rucksack',
    price: 96_00,
    name: { en: 'Canvas rucksack', ru: 'Брезентовый рюкзак' },
    about: {
      en: 'Twenty-two litres of waxed canvas: enough for a week, if you pack honestly.',
      ru: 'Двадцать два литра вощёного брезента: хватит на неделю, если брать только нужное.',
    },
  },
]

const byId: ReadonlyMap<string, Product> = new Map(products.map((product) => [product.id, product]))

export function findProduct(id: string): Product | undefined {
  return byId.get(id)
}

/** In the order of the catalogue. What is no longer sold is left out. */
export function linesOf(cart: Readonly<Cart>): CartLine[] {
  return products.flatMap((product) => {
    const amount = cart[product.id] ?? 0
    return amount > 0 ? [{ product, amount, price: amount * product.price }] : []
  })
}

export function totalOf(lines: readonly CartLine[]): number {
  return lines.reduce((sum, line) => sum + line.price, 0)
}

export function amountOf(cart: Readonly<Cart>): number {
  return linesOf(cart).reduce((sum, line) => sum + line.amount, 0)
}
