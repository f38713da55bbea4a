/**
 * What our own connection lets through. Reading is enforced here and not by good intentions: a Redis server has no read
 * mode, and reading a key whose time is over deletes it there and then.
 *
 * Measured with active expiry switched off (Redis 8.0.2, Valkey 8.1.1): SCAN, RANDOMKEY, TYPE, TTL, EXISTS, GET, HGET,
 * OBJECT, TOUCH, DUMP and any script delete what they find expired; DBSIZE, INFO, KEYS, MEMORY USAGE and WATCH do not, nor does
 * SCAN with a MATCH for the keys whose names it filters out. A replica deletes nothing.
 */

/** They change nothing; on a single key that has expired most of them delete it, which the callers avoid. */
const READ: ReadonlySet<string> = new Set(
  `INFO DBSIZE TIME PING ECHO TYPE TTL PTTL PEXPIRETIME EXISTS STRLEN GET GETRANGE HGET HMGET HLEN HKEYS HSTRLEN
   ZCARD ZCOUNT ZSCORE ZMSCORE ZRANGE ZRANGEBYSCORE ZRANDMEMBER ZSCAN SCARD SISMEMBER SMISMEMBER SMEMBERS SSCAN LLEN XLEN
   AUTH SELECT READONLY FT._LIST FT.INFO VINFO VCARD VDIM VEMB VGETATTR VRANDMEMBER VSIM JSON.OBJKEYS JSON.GET`.split(
    /\s+/,
  ),
);

/** Commands of which only these forms read. */
const READ_FORMS: Readonly<Record<string, readonly string[]>> = {
  MEMORY: ['USAGE'],
  CONFIG: ['GET'],
  CLUSTER: ['SLOTS', 'INFO'],
  CLIENT: ['NO-TOUCH', 'SETNAME', 'ID'],
  ACL: ['WHOAMI'],
  MODULE: ['LIST'],
};

const WRITE: ReadonlySet<string> = new Set(['SET', 'EVAL', 'DUMP', 'RESTORE']);

export interface Permission {
  readonly mode: 'read' | 'write';
  /** True where no key can be deleted by looking at it: none carries a TTL, or the server is a replica. */
  readonly inert: boolean;
  /** Patterns whose keys never carry a TTL, as a profile says. */
  readonly permanent: readonly string[];
}

/** @returns why the command is not sent; undefined when it may be */
export function refusal(command: string, args: readonly unknown[], p: Permission): string | undefined {
  const name = command.toUpperCase();
  if (READ.has(name)) return undefined;
  // The one setting that an action of a plan changes, and puts back.
  if (name === 'CONFIG' && String(args[0]).toUpperCase() === 'SET' && args[1] === 'activedefrag' && p.mode === 'write')
    return undefined;
  const forms = Object.hasOwn(READ_FORMS, name) ? READ_FORMS[name] : undefined;
  if (forms !== undefined) {
    return forms.includes(String(args[0]).toUpperCase())
      ? undefined
      : `${name} ${String(args[0])} is not a command that reads`;
  }
  // It lists what is not expired and deletes nothing; the caller sees to it that the keyspace is small.
  if (name === 'KEYS') return undefined;
  if (name === 'SCAN') {
    const at = args.findIndex((a) => String(a).toUpperCase() === 'MATCH');
    const pattern = at < 0 ? undefined : String(args[at + 1]);
    if (p.inert || p.mode === 'write' || (pattern !== undefined && p.permanent.includes(pattern))) return undefined;
    return 'SCAN deletes the expired keys it meets, and some keys here carry a TTL';
  }
  if (WRITE.has(name)) return p.mode === 'write' ? undefined : `${name} writes, and the store was opened for reading`;
  return `${name} is not on the list of commands that are sent`;
}
