/** What a `User-Agent` says of a device. It is a claim of the client, for people to recognise it by; never proof. */
export interface Device {
  /** Such as `'Firefox'`, or the name of a program, such as `'curl'`; `undefined` if it is not known. */
  readonly browser: string | undefined
  /** Such as `'Windows'`, without a version; `undefined` if it is not known. */
  readonly system: string | undefined
  /** `program`: no browser, such as a script or a robot. */
  readonly kind: 'computer' | 'phone' | 'tablet' | 'television' | 'program' | 'unknown'
}

type Names = readonly (readonly [name: string, pattern: RegExp])[]

/** Those that call themselves Mozilla come later, because a robot does, too. */
const PROGRAMS: Names = [
  ['Googlebot', /Googlebot/],
  ['Bingbot', /bingbot/i],
  ['curl', /^curl\//],
  ['Wget', /^Wget\//],
  ['Postman', /^PostmanRuntime\//],
  ['Python', /^(?:python-requests|python-httpx|Python-urllib|Python|aiohttp)\b/],
  ['Node.js', /^(?:node|undici|axios)\b/],
  ['Go', /^Go-http-client\//],
  ['Bun', /^Bun\//],
  ['Deno', /^Deno\//],
  ['Java', /^(?:Java|Java-http-client|Apache-HttpClient)\//],
  ['OkHttp', /^okhttp\//],
  ['Dart', /^Dart\//],
  ['PHP', /^GuzzleHttp\//],
  ['Ruby', /^(?:Ruby|Faraday)\b/],
  ['CFNetwork', /\bCFNetwork\//],
  ['Robot', /bot\b|crawler|spider|externalhit|^WhatsApp\//i],
]

/** Most browsers also name those that they resemble, so the order counts. */
const BROWSERS: Names = [
  ['Edge', /\bEdg(?:e|A|iOS)?\//],
  ['Opera', /\b(?:OPR|OPT|OPiOS|Opera)\//],
  ['Samsung Internet', /\bSamsungBrowser\//],
  ['Yandex Browser', /\bYaBrowser\//],
  ['Vivaldi', /\bVivaldi\//],
  ['DuckDuckGo', /\b(?:DuckDuckGo|Ddg)\//],
  ['Huawei Browser', /\bHuaweiBrowser\//],
  ['Mi Browser', /\bMiuiBrowser\//],
  ['UC Browser', /\bUCBrowser\//],
  ['Amazon Silk', /\bSilk\//],
  ['Whale', /\bWhale\//],
  ['Instagram', /\bInstagram\b/],
  ['Facebook', /\bFB(?:AN|AV)\//],
  ['Google', /\bGSA\//],
  ['Firefox', /\b(?:Firefox|FxiOS|Focus)\//],
  ['Internet Explorer', /\bTrident\/|\bMSIE /],
  ['Chrome', /\b(?:Headless)?(?:Chrome|Chromium|CriOS)\//],
  ['Safari', /\bVersion\/[\d.]+ .*Safari\//],
]

const SYSTEMS: Names = [
  ['Windows', /\bWindows\b/],
  ['iPadOS', /\biPad\b/],
  ['iOS', /\b(?:iPhone|iPod)\b/],
  ['Tizen', /\bTizen\b/],
  ['webOS', /\bWeb0S\b/],
  ['HarmonyOS', /\b(?:OpenHarmony|HarmonyOS)\b/],
  ['Android', /\bAndroid\b/],
  ['KaiOS', /\bKAIOS\b/],
  ['ChromeOS', /\bCrOS\b/],
  ['macOS', /\bMac(?:intosh| OS X)\b/],
  ['FreeBSD', /\bFreeBSD\b/],
  ['Linux', /\bLinux\b/],
]

const KINDS: readonly (readonly [kind: Device['kind'], pattern: RegExp])[] = [
  ['television', /\b(?:SMART-TV|SmartTV|Web0S|AppleTV|BRAVIA|AFT[A-Z]+|CrKey|(?:Google|Android) ?TV)\b/],
  ['tablet', /\b(?:iPad|Tablet)\b/],
  ['phone', /\b(?:iPhone|iPod|Mobile|Phone)\b/],
  // Android says Mobile on phones alone.
  ['tablet', /\bAndroid\b/],
  ['computer', /\b(?:Windows|Macintosh|CrOS|Linux|FreeBSD)\b/],
]

/**
 * Names the browser, the system and the kind of a device, for a page of one's own sessions or a mail about a sign-in
 * (ASVS 5.0 7.5.2). It knows what is common, and returns only names of its own list, never text of the client. An iPad
 * that asks for desktop pages says that it is a Mac.
 *
 * @example
 * ```ts from: examples/guide/auth/devices.ts#describeDevice
 * const { browser = 'A browser', system = 'an unknown system', kind } = describeDevice(userAgent)
 * const name = `${browser} on ${system}` // such as 'Firefox on Windows'; kind is 'computer'
 * ```
 */
export function describeDevice(userAgent: string | undefined): Device {
  // A client may send any length.
  const text = userAgent?.slice(0, MAX_LENGTH) ?? ''
  const system = nameIn(SYSTEMS, text)
  const program = nameIn(PROGRAMS, text)
  if (program !== undefined) return { browser: program, system, kind: 'program' }
  return { browser: nameIn(BROWSERS, text), system, kind: KINDS.find(([, pattern]) => pattern.test(text))?.[0] ?? 'unknown' }
}

const MAX_LENGTH = 512

function nameIn(names: Names, text: string): string | undefined {
  return names.find(([, pattern]) => pattern.test(text))?.[0]
}
