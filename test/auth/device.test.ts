import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { describeDevice } from '../../src/auth/index.ts'

/** As they are sent. */
const known: Readonly<Record<string, string>> = {
  'Chrome, Windows, computer':
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Safari/537.36',
  'Chrome, macOS, computer':
    'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Safari/537.36',
  'Chrome, Linux, computer':
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/143.0.0.0 Safari/537.36',
  'Chrome, ChromeOS, computer':
    'Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Safari/537.36',
  'Chrome, Android, phone':
    'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Mobile Safari/537.36',
  'Chrome, Android, tablet': 'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Safari/537.36',
  'Chrome, iOS, phone':
    'Mozilla/5.0 (iPhone; CPU iPhone OS 17_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/143.0.7499.38 Mobile/15E148 Safari/604.1',
  'Edge, Windows, computer':
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Safari/537.36 Edg/143.0.0.0',
  'Edge, Android, phone':
    'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Mobile Safari/537.36 EdgA/143.0.0.0',
  'Opera, Windows, computer':
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36 OPR/125.0.0.0',
  'Samsung Internet, Android, phone':
    'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/29.0 Chrome/136.0.0.0 Mobile Safari/537.36',
  'Yandex Browser, Windows, computer':
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 YaBrowser/25.10.0.0 Safari/537.36',
  'Vivaldi, Linux, computer':
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36 Vivaldi/7.7.3851.52',
  'Firefox, Windows, computer': 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0',
  'Firefox, Linux, computer': 'Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0',
  'Firefox, Android, phone': 'Mozilla/5.0 (Android 15; Mobile; rv:145.0) Gecko/145.0 Firefox/145.0',
  'Firefox, Android, tablet': 'Mozilla/5.0 (Android 15; Tablet; rv:145.0) Gecko/145.0 Firefox/145.0',
  'Firefox, iOS, phone':
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) FxiOS/145.0 Mobile/15E148 Safari/605.1.15',
  'Safari, macOS, computer':
    'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.1 Safari/605.1.15',
  'Safari, iOS, phone':
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.1 Mobile/15E148 Safari/604.1',
  'Safari, iPadOS, tablet':
    'Mozilla/5.0 (iPad; CPU OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.1 Mobile/15E148 Safari/604.1',
  'Internet Explorer, Windows, computer': 'Mozilla/5.0 (Windows NT 10.0; WOW64; Trident/7.0; rv:11.0) like Gecko',
  'Chrome, Tizen, television':
    'Mozilla/5.0 (SMART-TV; LINUX; Tizen 8.0) AppleWebKit/537.36 (KHTML, like Gecko) 108.0.5359.1/8.0 TV Safari/537.36 Chrome/108.0.5359.1',
  'Chrome, webOS, television':
    'Mozilla/5.0 (Web0S; Linux/SmartTV) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.6099.270 Safari/537.36 WebAppManager',
  'Facebook, iOS, phone':
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/22H20 [FBAN/FBIOS;FBAV/539.0.0.54.69]',
  'Googlebot, Android, program':
    'Mozilla/5.0 (Linux; Android 6.0.1; Nexus 5X Build/MMB29P) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Mobile Safari/537.36 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)',
  'Opera, Android, phone':
    'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/144.0.0.0 Mobile Safari/537.36 OPR/92.0.0.0',
  'Edge, iOS, phone':
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 EdgiOS/143.0.3650.66 Mobile/15E148 Safari/605.1.15',
  'DuckDuckGo, iOS, phone':
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.7 Mobile/15E148 DuckDuckGo/7 Safari/605.1.15',
  'Huawei Browser, Android, phone':
    'Mozilla/5.0 (Linux; Android 14; ELS-NX9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/114.0.5735.196 HuaweiBrowser/16.0.5.300 Mobile Safari/537.36',
  'Mi Browser, Android, phone':
    'Mozilla/5.0 (Linux; U; Android 14; ru-ru; 23021RAA2Y Build/UKQ1) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/123.0.6312.118 Mobile Safari/537.36 XiaoMi/MiuiBrowser/14.28.0-gn',
  'Yandex Browser, Android, phone':
    'Mozilla/5.0 (Linux; arm_64; Android 14; SM-A546E) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.7339.207 YaBrowser/25.10.1.110.00 SA/3 Mobile Safari/537.36',
  'Amazon Silk, Android, tablet':
    'Mozilla/5.0 (Linux; Android 11; KFTRWI) AppleWebKit/537.36 (KHTML, like Gecko) Silk/140.3.1 like Chrome/140.0.7339.207 Safari/537.36',
  'Whale, Windows, computer':
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Whale/4.33.325.17 Safari/537.36',
  'Google, iOS, phone':
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) GSA/395.0.834110867 Mobile/15E148 Safari/604.1',
  'Instagram, Android, phone':
    'Mozilla/5.0 (Linux; Android 15; SM-S928B Build/AP3A; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/142.0.7444.171 Mobile Safari/537.36 Instagram 407.0.0.50.81 Android',
  'Firefox, KaiOS, phone': 'Mozilla/5.0 (Mobile; Nokia 8110 4G; rv:48.0) Gecko/48.0 Firefox/48.0 KAIOS/2.5',
  'Firefox, FreeBSD, computer': 'Mozilla/5.0 (X11; FreeBSD amd64; rv:140.0) Gecko/20100101 Firefox/140.0',
  'Robot, -, program': 'facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)',
  'Bun, -, program': 'Bun/1.4.5',
  'Deno, -, program': 'Deno/2.9.6',
  'Java, -, program': 'Java-http-client/21.0.5',
  'Dart, -, program': 'Dart/3.9 (dart:io)',
  'CFNetwork, -, program': 'MyApp/42 CFNetwork/3826.500.131 Darwin/24.5.0',
  'curl, -, program': 'curl/8.14.1',
  'Python, -, program': 'python-requests/2.32.5',
  'Node.js, -, program': 'node',
  'OkHttp, -, program': 'okhttp/4.12.0',
  'Go, -, program': 'Go-http-client/2.0',
  '-, -, unknown': 'something of its own',
}

test.each(Object.entries(known))('%s', (expected, userAgent) => {
  const { browser = '-', system = '-', kind } = describeDevice(userAgent)
  expect(`${browser}, ${system}, ${kind}`).toBe(expected)
})

test('a client that says nothing is unknown', () => {
  for (const none of [undefined, '']) expect(describeDevice(none)).toEqual({ browser: undefined, system: undefined, kind: 'unknown' })
})

test('nothing of what a client says is shown as it is', () => {
  const shown = new Set(Object.keys(known).flatMap((names) => names.split(', ')))
  fc.assert(
    fc.property(fc.constantFrom(...Object.values(known)), fc.string(), (userAgent, more) => {
      const { kind, browser = '-', system = '-' } = describeDevice(`${more}${userAgent}<script>${more}`)
      expect([kind, browser, system].some((name) => name.includes('<'))).toBe(false)
      expect(shown.has(kind)).toBe(true)
    }),
  )
})
