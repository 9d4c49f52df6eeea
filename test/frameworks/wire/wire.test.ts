/** The parsers of the other tests find what they should. */
import { expect, test } from 'vitest'
import { ResponseParser } from './http1.ts'
import { FrameParser } from './http2.ts'

function read(bytes: string, methods: readonly string[]): string[] {
  const seen: string[] = []
  const parser = new ResponseParser({
    head: ({ status }) => seen.push(String(status)),
    data: (data) => seen.push(data.toString()),
    trailer: (name, value) => seen.push(`${name}=${value}`),
    end: () => seen.push('end'),
    violation: (what) => seen.push(`VIOLATION ${what.split(':')[0]}`),
  })
  for (const method of methods) parser.expect(method)
  // Byte by byte: what comes in pieces is read as what comes at once.
  for (const byte of Buffer.from(bytes, 'latin1')) parser.push(Buffer.of(byte))
  parser.close()
  return [
    ...seen.slice(0, 1),
    seen
      .slice(1, -1)
      .filter((text) => !['end', '200'].includes(text) && !text.startsWith('V'))
      .join(''),
    ...seen.slice(-1),
  ]
}

const OK = 'HTTP/1.1 200 OK\r\n'

test.each([
  ['a length', `${OK}Content-Length: 2\r\n\r\nab`, ['GET'], ['200', 'ab', 'end']],
  ['chunks', `${OK}Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n1\r\nb\r\n0\r\n\r\n`, ['GET'], ['200', 'ab', 'end']],
  ['a trailer', `${OK}Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX-A: b\r\n\r\n`, ['GET'], ['200', 'ax-a=b', 'end']],
  ['an interim response', `HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n${OK}Content-Length: 1\r\n\r\na`, ['GET'], ['200', 'a', 'end']],
  ['until close', `${OK}Connection: close\r\n\r\nab`, ['GET'], ['200', 'ab', 'end']],
  ['two responses', `${OK}Content-Length: 1\r\n\r\na${OK}Content-Length: 1\r\n\r\nb`, ['GET', 'GET'], ['200', 'ab', 'end']],
  ['HEAD', `${OK}Content-Length: 9\r\n\r\n`, ['HEAD'], ['200', '', 'end']],
])('HTTP/1.1, %s: well', (_name, bytes, methods, seen) => {
  expect(read(bytes, methods)).toEqual(seen)
})

test.each([
  ['the body of a HEAD', `${OK}Content-Length: 1\r\n\r\na`, ['HEAD']],
  ['a byte too many', `${OK}Content-Length: 1\r\n\r\nab`, ['GET']],
  ['bytes that are no response', 'heldbody', ['GET']],
  ['a header twice rendered', `${OK}X-A: b\r\nHTTP/1.1 200 OK\r\n\r\n`, ['GET']],
  ['no end', `${OK}\r\nab`, ['GET']],
  ['two lengths', `${OK}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\na`, ['GET']],
  ['a chunk too long', `${OK}Transfer-Encoding: chunked\r\n\r\n1\r\nab\r\n`, ['GET']],
  ['a 204 with a length', 'HTTP/1.1 204 No Content\r\nContent-Length: 1\r\n\r\n', ['GET']],
])('HTTP/1.1, %s: found', (_name, bytes, methods) => {
  expect(read(bytes, methods).at(-1)).toMatch(/^VIOLATION /)
})

const frame = (type: number, flags: number, stream: number, size = 0): Buffer =>
  Buffer.concat([Buffer.of(0, 0, size, type, flags, 0, 0, 0, stream), Buffer.alloc(size)])

test.each<[string, Buffer[], string[]]>([
  ['a response', [frame(1, 0, 1, 5), frame(0, 0, 1, 3), frame(0, 1, 1)], []],
  ['trailers', [frame(1, 0, 1), frame(0, 0, 1, 3), frame(1, 1, 1)], []],
  ['two HEADERS', [frame(1, 0, 1), frame(1, 0, 1)], ['stream 1: 2 times HEADERS']],
  ['DATA after the end', [frame(1, 1, 3), frame(0, 0, 3, 1)], ['stream 3: a frame of type 0 after its end']],
  ['DATA first', [frame(0, 0, 1, 1)], ['stream 1: DATA before HEADERS']],
])('HTTP/2, %s', (_name, frames, violations) => {
  const parser = new FrameParser()
  for (const byte of Buffer.concat(frames)) parser.push(Buffer.of(byte))
  expect(parser.violations).toEqual(violations)
})
