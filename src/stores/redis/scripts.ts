/**
 * The scripts that Redis runs, each in one step. Each script works on one key, and so in one slot. Instants and
 * versions are texts of fixed width and are compared as texts. `now` comes from the caller.
 *
 * @module
 */
import { createHash } from 'node:crypto'
import type { Script } from './client.ts'

function script(text: string): Script {
  return { text, sha: createHash('sha1').update(text).digest('hex') }
}

/** KEYS record · ARGV value, ttl. It only inserts. */
export const create: Script = script(`
return redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) and 1 or 0`)

/**
 * KEYS record · ARGV now, version before, head and principal of the new value, new value, ttl, '1' if the index is
 * ready. Returns 'gone', 'updated', 'index' (the principal or retainUntil would change, so the index must be written
 * first), or the stored record.
 */
export const update: Script = script(`
local head = redis.call('GETRANGE', KEYS[1], 0, string.len(ARGV[3]) - 1)
if head == '' or string.sub(head, 1, 16) <= ARGV[1] then return 'gone' end
if string.sub(head, 17, 32) ~= ARGV[2] then return redis.call('GET', KEYS[1]) end
if ARGV[6] ~= '1' and string.sub(head, 33) ~= string.sub(ARGV[3], 33) then return 'index' end
redis.call('SET', KEYS[1], ARGV[4], 'PX', ARGV[5])
return 'updated'`)

/**
 * KEYS record · ARGV now, expiresAt, slack. It moves the deadline forward only, and never past retainUntil. Returns
 * nothing if there is no live record; otherwise its retainUntil, then '+' and the principal, or '-' without one.
 */
export const touch: Script = script(`
local head = redis.call('GETRANGE', KEYS[1], 0, 53)
if head == '' or string.sub(head, 1, 16) <= ARGV[1] then return false end
local to = ARGV[2]
local retain = string.sub(head, 33, 48)
if retain < to then to = retain end
if to > string.sub(head, 1, 16) then
  redis.call('SETRANGE', KEYS[1], 0, to)
  redis.call('PEXPIRE', KEYS[1], string.format('%.0f', tonumber(to) - tonumber(ARGV[1]) + tonumber(ARGV[3])))
end
local length = string.sub(head, 49, 54)
if length == '------' then return retain .. '-' end
return retain .. '+' .. redis.call('GETRANGE', KEYS[1], 54, 53 + tonumber(length))`)

/**
 * KEYS record · ARGV principal or '' for any, '1' if it must be this principal's. Returns nothing if there was no such
 * record; otherwise '+' and the principal, or '-' without one.
 */
export const remove: Script = script(`
local length = redis.call('GETRANGE', KEYS[1], 48, 53)
if length == '' then return false end
local principal = ''
if length ~= '------' then principal = redis.call('GETRANGE', KEYS[1], 54, 53 + tonumber(length)) end
if ARGV[2] == '1' and (length == '------' or principal ~= ARGV[1]) then return false end
redis.call('DEL', KEYS[1])
return (length == '------' and '-' or '+') .. principal`)

/**
 * KEYS index · ARGV retainUntil, id, ttl, now. The index lives as long as its longest entry. Expired entries are
 * removed.
 */
export const enter: Script = script(`
redis.call('ZADD', KEYS[1], 'GT', ARGV[1], ARGV[2])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', '(' .. ARGV[4])
if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[3]) then redis.call('PEXPIRE', KEYS[1], ARGV[3]) end
return 1`)

/** KEYS index · ARGV ids. */
export const leave: Script = script(`return redis.call('ZREM', KEYS[1], unpack(ARGV))`)

/**
 * KEYS index · ARGV now, grace, ids whose record is missing. The first time, the id is marked. If its record is still
 * missing after the grace, the entry is removed. It must not be removed at once, because the entry of a record that is
 * being created comes before the record. A mark is an entry of its own, dated at the end of the grace.
 */
export const heal: Script = script(`
for i = 3, #ARGV do
  local mark = redis.call('ZSCORE', KEYS[1], '?' .. ARGV[i])
  if not mark then
    redis.call('ZADD', KEYS[1], ARGV[1] + ARGV[2], '?' .. ARGV[i])
  elseif tonumber(mark) <= tonumber(ARGV[1]) then
    redis.call('ZREM', KEYS[1], ARGV[i], '?' .. ARGV[i])
  end
end
return 1`)

/**
 * KEYS index · ARGV score, id, limit. Returns the next ids behind that entry, each with its score. Entries are in the
 * order of their deadlines, so a page costs what is in it, however long the index is. Only entries of one deadline are
 * in the order of their ids: where that entry is gone, those with its deadline are looked through. Marks are left out.
 */
export const entries: Script = script(`
local from = tonumber(ARGV[1])
local limit = 2 * tonumber(ARGV[3])
local found = {}
local rank
if tonumber(redis.call('ZSCORE', KEYS[1], ARGV[2]) or -1) == from then
  rank = redis.call('ZRANK', KEYS[1], ARGV[2]) + 1
else
  rank = redis.call('ZCOUNT', KEYS[1], '-inf', '(' .. ARGV[1])
end
repeat
  local some = redis.call('ZRANGE', KEYS[1], rank, rank + ARGV[3] - 1, 'WITHSCORES')
  for i = 1, #some, 2 do
    local isBehind = tonumber(some[i + 1]) > from or some[i] > ARGV[2]
    if isBehind and #found < limit and string.sub(some[i], 1, 1) ~= '?' then
      found[#found + 1] = some[i]
      found[#found + 1] = some[i + 1]
    end
  end
  rank = rank + ARGV[3]
until #found == limit or #some == 0
return found`)

/**
 * KEYS epoch · ARGV value, ttl. If an earlier raise promised to keep its epoch longer, the new one is kept that long.
 */
export const raise: Script = script(`
local ttl = tonumber(ARGV[2])
local left = redis.call('PTTL', KEYS[1])
if left > ttl then ttl = left end
redis.call('SET', KEYS[1], ARGV[1], 'PX', string.format('%.0f', ttl))
return 1`)
