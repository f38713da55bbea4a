/**
 * What is done to keys, as scripts that the server runs in one piece. Each checks its condition once more, by the server's own
 * clock, before it removes anything; each stops when the run's lock is no longer ours. UNLINK, not DEL: memory is freed in
 * the background. Commands that need memory come after those that give it back, so that a full server lets them pass.
 */

/** KEYS[1] lock; ARGV[1] our token. */
export const RELEASE = `if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('UNLINK', KEYS[1]) end return 0`;
/** KEYS[1] lock; ARGV[1] our token, ARGV[2] milliseconds. */
export const EXTEND = `if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('PEXPIRE', KEYS[1], ARGV[2]) end return 0`;

const FENCE = `if ARGV[1] ~= '' and redis.call('GET', KEYS[1]) ~= ARGV[1] then return redis.error_reply('MEMCTLLOST the lock of the run is gone') end
`;

/** Error reply of a script that found the lock gone. */
export const LOST = 'MEMCTLLOST';

/**
 * Removes entries in the order of mneme 1.0.0 (_delete_atomic): entry, hash key, lru, by_ttl, by_id, version; then the name of a
 * namespace that is empty.
 * KEYS: lock, ids, byExpiry, namespaces, signal, then entry, byNamespace and unique of each entry.
 * ARGV: token, rule, least, seconds, created field, ttl field, then id, member, namespace, expected score and 1 or 0 (whether the
 * unique key is known) of each. Rules: expired; retention (older than `seconds`); evict (unused since it was chosen).
 * Returns the ids removed.
 */
export const REMOVE: string = `${FENCE}
local rule, least, seconds = ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
local now = tonumber(redis.call('TIME')[1])
local removed = {}
for i = 0, (#KEYS - 5) / 3 - 1 do
  local entry, list, unique = KEYS[6 + 3 * i], KEYS[7 + 3 * i], KEYS[8 + 3 * i]
  local id, member, namespace, expected, known = ARGV[7 + 5 * i], ARGV[8 + 5 * i], ARGV[9 + 5 * i], tonumber(ARGV[10 + 5 * i]), ARGV[11 + 5 * i]
  local values = redis.call('HMGET', entry, ARGV[5], ARGV[6])
  local created, ttl = tonumber(values[1] or ''), tonumber(values[2] or '')
  local go = false
  if rule == 'expired' then
    local score = tonumber(redis.call('ZSCORE', KEYS[3], member) or '')
    if not values[1] then go = score ~= nil and score <= now
    else go = score ~= nil and created ~= nil and ttl ~= nil and created + ttl <= now end
  elseif rule == 'retention' then
    go = created ~= nil and created + seconds < now
  else
    go = tonumber(redis.call('ZSCORE', list, id) or '') == expected
  end
  if go then
    redis.call('UNLINK', entry)
    if known == '1' and redis.call('GET', unique) == id then redis.call('UNLINK', unique) end
    redis.call('ZREM', list, id)
    redis.call('ZREM', KEYS[3], member)
    redis.call('ZREM', KEYS[2], id)
    if redis.call('ZCARD', list) == 0 then redis.call('SREM', KEYS[4], namespace) end
    removed[#removed + 1] = id
  end
end
if #removed > 0 then redis.call('INCRBY', KEYS[5], math.max(least, #removed)) end
return removed`;

/**
 * Takes ids whose entry is gone out of the lists.
 * KEYS: lock, ids, byExpiry, namespaces, signal, then entry and byNamespace of each. ARGV: token, least, then id, member, namespace of
 * each (namespace "" and list = entry where no namespace lists it). Returns the ids taken out.
 */
export const FORGET: string = `${FENCE}
local removed = {}
for i = 0, (#KEYS - 5) / 2 - 1 do
  local entry, list = KEYS[6 + 2 * i], KEYS[7 + 2 * i]
  local id, member, namespace = ARGV[3 + 3 * i], ARGV[4 + 3 * i], ARGV[5 + 3 * i]
  if redis.call('EXISTS', entry) == 0 and redis.call('ZSCORE', KEYS[2], id) then
    if list ~= entry then
      redis.call('ZREM', list, id)
      redis.call('ZREM', KEYS[3], member)
      if redis.call('ZCARD', list) == 0 then redis.call('SREM', KEYS[4], namespace) end
    end
    redis.call('ZREM', KEYS[2], id)
    removed[#removed + 1] = id
  end
end
if #removed > 0 then redis.call('INCRBY', KEYS[5], math.max(tonumber(ARGV[2]), #removed)) end
return removed`;

/** KEYS: lock, then unique and entry of each. ARGV: token, then the id of each. Returns the unique keys removed. */
export const DROP_UNIQUE: string = `${FENCE}
local removed = {}
for i = 0, (#KEYS - 1) / 2 - 1 do
  local unique, entry = KEYS[2 + 2 * i], KEYS[3 + 2 * i]
  if redis.call('EXISTS', entry) == 0 and redis.call('GET', unique) == ARGV[2 + i] then
    redis.call('UNLINK', unique)
    removed[#removed + 1] = unique
  end
end
return removed`;

/**
 * Makes the list of expiries say what the entry says; an entry without an end loses the server's expiry as well.
 * KEYS: lock, byExpiry, then entry of each. ARGV: token, created field, ttl field, then the member of each. Returns the members changed.
 */
export const AGREE: string = `${FENCE}
local changed = {}
for i = 0, #KEYS - 3 do
  local entry, member = KEYS[3 + i], ARGV[4 + i]
  local values = redis.call('HMGET', entry, ARGV[2], ARGV[3])
  local created, ttl = tonumber(values[1] or ''), tonumber(values[2] or '')
  local score = redis.call('ZSCORE', KEYS[2], member)
  if values[1] and (values[2] == '' or not values[2]) then
    if score then
      redis.call('ZREM', KEYS[2], member)
      redis.call('PERSIST', entry)
      changed[#changed + 1] = member
    end
  elseif created and ttl and tonumber(score or '') ~= created + ttl then
    redis.call('ZADD', KEYS[2], string.format('%.17g', created + ttl), member)
    changed[#changed + 1] = member
  end
end
return changed`;

/**
 * Removes entries of a prefix that are older, and no key of another kind that stands under it.
 * KEYS: lock, keys. ARGV: token, field, seconds, unit a second, then the fields that every entry has. Returns the keys removed.
 */
export const REMOVE_PLAIN: string = `${FENCE}
local now = tonumber(redis.call('TIME')[1])
local removed = {}
for i = 2, #KEYS do
  local own = redis.call('TYPE', KEYS[i]).ok == 'hash'
  for f = 5, #ARGV do own = own and redis.call('HEXISTS', KEYS[i], ARGV[f]) == 1 end
  local created = own and tonumber(redis.call('HGET', KEYS[i], ARGV[2]) or '')
  if created and created / tonumber(ARGV[4]) + tonumber(ARGV[3]) < now then
    redis.call('UNLINK', KEYS[i])
    removed[#removed + 1] = KEYS[i]
  end
end
return removed`;

/** `same(key, at)`: whether the hash has the bytes that stand in ARGV behind `at`: each behind a 1, or 0 for a field that is not there. */
const SAME = `
local function same(key, at)
  if redis.call('TYPE', key).ok ~= 'hash' then return false end
  local values = redis.call('HMGET', key, unpack(fields))
  for f = 1, #fields do
    local want = ARGV[at + f]
    if values[f] then
      if #want ~= #values[f] + 1 or string.sub(want, 2) ~= values[f] then return false end
    elseif want ~= '0' then return false end
  end
  return true
end
`;

/**
 * Removes entries that are still what they were, as long as the one that stays for each is.
 * KEYS: lock, then each entry and the one that stays. ARGV: token, number of fields, their names, then the bytes of both for each.
 * Returns the keys removed.
 */
export const REMOVE_SAME: string = `${FENCE}
local count = tonumber(ARGV[2])
local fields = {unpack(ARGV, 3, 2 + count)}
${SAME}
local removed = {}
for i = 0, (#KEYS - 1) / 2 - 1 do
  local entry, stays, at = KEYS[2 + 2 * i], KEYS[3 + 2 * i], 2 + count + 2 * count * i
  if same(entry, at) and same(stays, at + count) then
    redis.call('UNLINK', entry)
    removed[#removed + 1] = entry
  end
end
return removed`;

/**
 * The same for a store with its own lists, in the order of REMOVE.
 * KEYS: lock, ids, byExpiry, namespaces, signal, then entry, the one that stays, byNamespace and unique of each. ARGV: token, least,
 * number of fields, their names, then id, member, namespace, 1 or 0 (whether the unique key is known) and the bytes of both for each.
 * Returns the ids removed.
 */
export const REMOVE_SAME_LISTED: string = `${FENCE}
local least, count = tonumber(ARGV[2]), tonumber(ARGV[3])
local fields = {unpack(ARGV, 4, 3 + count)}
${SAME}
local removed = {}
for i = 0, (#KEYS - 5) / 4 - 1 do
  local entry, stays, list, unique = KEYS[6 + 4 * i], KEYS[7 + 4 * i], KEYS[8 + 4 * i], KEYS[9 + 4 * i]
  local at = 3 + count + (4 + 2 * count) * i
  local id, member, namespace, known = ARGV[at + 1], ARGV[at + 2], ARGV[at + 3], ARGV[at + 4]
  if same(entry, at + 4) and same(stays, at + 4 + count) then
    redis.call('UNLINK', entry)
    if known == '1' and redis.call('GET', unique) == id then redis.call('UNLINK', unique) end
    redis.call('ZREM', list, id)
    redis.call('ZREM', KEYS[3], member)
    redis.call('ZREM', KEYS[2], id)
    if redis.call('ZCARD', list) == 0 then redis.call('SREM', KEYS[4], namespace) end
    removed[#removed + 1] = id
  end
end
if #removed > 0 then redis.call('INCRBY', KEYS[5], math.max(least, #removed)) end
return removed`;

/**
 * Puts one entry and what hung on it back, or nothing of it when one of its keys is there again or its time is over: RESTORE
 * with a moment that has passed creates nothing, and says OK.
 * KEYS: lock, then the key of each step. ARGV: token, then three a step: kind, and what it takes: 'value' dump, milliseconds (0 none);
 * 'score' member, score; 'member' member, ''; 'count' amount, ''. Returns {0}, or what stands against it and the
 * number of the step: {1, i} it is there again, {2, i} its time is over.
 */
export const RESTORE_ENTRY: string = `${FENCE}
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
for i = 2, #KEYS do
  local kind, a, b = ARGV[3 * i - 4], ARGV[3 * i - 3], ARGV[3 * i - 2]
  if kind == 'value' and redis.call('EXISTS', KEYS[i]) == 1 then return {1, i - 2} end
  if kind == 'score' and redis.call('ZSCORE', KEYS[i], a) then return {1, i - 2} end
  if kind == 'value' and tonumber(b) > 0 and tonumber(b) <= now then return {2, i - 2} end
end
for i = 2, #KEYS do
  local kind, a, b = ARGV[3 * i - 4], ARGV[3 * i - 3], ARGV[3 * i - 2]
  if kind == 'value' then redis.call('RESTORE', KEYS[i], b, a, 'ABSTTL')
  elseif kind == 'score' then redis.call('ZADD', KEYS[i], b, a)
  elseif kind == 'member' then redis.call('SADD', KEYS[i], a)
  elseif kind == 'count' then redis.call('INCRBY', KEYS[i], a) end
end
return {0}`;
