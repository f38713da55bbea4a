/** What the server's refusals mean to the person who asked. Codes: https://redis.io/docs/latest/develop/reference/protocol-spec/ */
import { isStoreError, StoreError, type Target } from '../../store/index.ts';

const TLS_CODE = /^(ERR_TLS|ERR_SSL|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|EPROTO)/;

/** True for an error reply of the server, or one of the connection to it. */
function isRedisError(e: unknown): e is Error & { code?: string; command?: { name?: string } } {
  if (!(e instanceof Error)) return false;
  return (
    ['ReplyError', 'MaxRetriesPerRequestError', 'AggregateError'].includes(e.name) ||
    /^(Connection is closed|connect |getaddrinfo|read E|write E|Socket|Stream isn't|Command timed out|Protocol error|Client network socket)/.test(
      e.message,
    ) ||
    /^E[A-Z]+$/.test((e as NodeJS.ErrnoException).code ?? '') ||
    TLS_CODE.test((e as NodeJS.ErrnoException).code ?? '')
  );
}

/** The sentence for an error; anything that is not the server's or the connection's passes unchanged. */
export function translated(e: unknown, target: Target): unknown {
  if (isStoreError(e) || !isRedisError(e)) return e;
  const code = networkCode(e);
  if (code !== undefined) return unreachable(e, code, target);
  const [word = ''] = e.message.split(' ');
  const rule = REPLIES.find((r) => r.when.test(e.message));
  if (rule !== undefined) return rule.error(String(target), e.message);
  return new StoreError('store-failed', `${target}: Redis refused: ${word === 'ERR' ? e.message.slice(4) : e.message}`);
}

/** True when the server does not know a command or will not run it for this role: the caller can do without. */
export function isUnavailable(e: unknown): boolean {
  return (
    e instanceof Error &&
    /^(NOPERM|ERR unknown (sub)?command|ERR This instance|ERR .*(not allowed|disabled|not supported|not available))/i.test(
      e.message,
    )
  );
}

/** Why a command could not be had, in words, with what settles it. */
export function unavailableWhy(command: string, e: unknown, user = 'USER'): { why: string; grant?: string } {
  const message = e instanceof Error ? e.message : String(e);
  if (/^NOPERM/.test(message)) {
    return {
      why: `this role may not run ${command}`,
      grant: `ACL SETUSER ${user} +${command.toLowerCase().replace(' ', '|')}`,
    };
  }
  return { why: `this server does not offer ${command}` };
}

function networkCode(e: Error & { code?: string }): string | undefined {
  const errors = (e as unknown as { errors?: unknown }).errors;
  if (Array.isArray(errors) && errors[0] instanceof Error) return networkCode(errors[0] as Error & { code?: string });
  if (e.code !== undefined && (/^E[A-Z_]+$/.test(e.code) || TLS_CODE.test(e.code))) return e.code;
  if (/^Connection is closed|^Stream isn't|^Client network socket/.test(e.message)) return 'ECLOSED';
  if (/timed out/.test(e.message)) return 'ETIMEDOUT';
  if (/^Protocol error/.test(e.message)) return 'EPROTOCOL';
  return undefined;
}

function unreachable(e: Error, code: string, target: Target): StoreError {
  const say = (what: string, hint?: string, id = 'store-unreachable'): StoreError =>
    new StoreError(id, `${target}: ${what}`, hint);
  switch (code) {
    case 'ECONNREFUSED':
      return say('nothing listens there', 'start the server, or correct host and port');
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return say('the host name is not known', 'correct the host');
    case 'ETIMEDOUT':
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return say(
        `no answer (${code})`,
        'see whether a firewall is between, or wait longer with ?connect_timeout=SECONDS',
      );
    case 'ECLOSED':
    case 'ECONNRESET':
    case 'EPIPE':
      return say(
        'the server closed the connection',
        'a TLS port needs rediss:, a plain one redis:; a server that went down says why in its log',
        'store-connection-lost',
      );
    default:
      if (TLS_CODE.test(code))
        return say(
          `TLS failed (${e.message})`,
          'give the authority with ?cacert=FILE; a plain port needs redis:',
          'store-tls',
        );
      return say(`the connection failed (${code})`);
  }
}

interface Reply {
  readonly when: RegExp;
  readonly error: (target: string, message: string) => StoreError;
}

const reply = (when: RegExp, code: string, what: string, hint?: string, exit: 4 | 5 = 4): Reply => ({
  when,
  error: (target) => new StoreError(code, `${target}: ${what}`, hint, exit),
});

const REPLIES: readonly Reply[] = [
  reply(
    /^NOAUTH|Authentication required/,
    'store-authentication',
    'the server wants a password',
    'give it in the address, in REDISCLI_AUTH, or in a file named by REDIS_PASSWORD_FILE',
  ),
  reply(
    /^WRONGPASS|invalid password|invalid username/,
    'store-authentication',
    'the user name or the password is wrong',
  ),
  reply(
    /^ERR.*AUTH.*without any password configured/,
    'store-authentication',
    'a password was given, and the server has none for that user',
    'leave the password away, or give the user name',
  ),
  {
    when: /^NOPERM/,
    error: (target, message) => {
      const command = /'([^']+)' command/.exec(message)?.[1];
      const user = /^NOPERM User (\S+)/.exec(message)?.[1] ?? 'USER';
      return command === undefined
        ? new StoreError(
            'store-permission',
            `${target}: this role may not read or write one of the keys`,
            `ACL SETUSER ${user} ~PREFIX:* grants the keys of a prefix`,
          )
        : new StoreError(
            'store-permission',
            `${target}: this role may not run ${command.toUpperCase()}`,
            `ACL SETUSER ${user} +${command} grants it`,
          );
    },
  },
  reply(/^LOADING/, 'store-loading', 'the server is still loading its data', 'try again when it is done'),
  reply(
    /^MASTERDOWN/,
    'store-replica-stale',
    'this replica has lost its primary and serves nothing',
    'use the primary',
  ),
  reply(
    /^MOVED|^ASK/,
    'store-cluster',
    'a key lives on another node of a cluster',
    'add ?cluster=true to the address; when it is there, slots were being moved: try again',
  ),
  reply(
    /^CLUSTERDOWN|^TRYAGAIN/,
    'store-cluster-down',
    'the cluster does not serve all slots now',
    'mend the cluster first',
  ),
  reply(/^CROSSSLOT/, 'store-cross-slot', 'keys of one step lie in different slots of the cluster'),
  reply(
    /^DENIED|protected mode/,
    'store-protected',
    'the server is in protected mode and takes connections from its own host alone',
    'set a password on the server, or connect from its host',
  ),
  reply(/^READONLY/, 'store-read-only', 'this is a replica, and nothing may be written there', 'use the primary', 5),
  reply(
    /^MISCONF/,
    'store-not-saving',
    'the server refuses writes because its last save failed',
    'mend its disk first',
    5,
  ),
  reply(
    /^OOM/,
    'store-out-of-memory',
    'the server is at maxmemory and takes no further byte',
    'raise maxmemory for the run',
    5,
  ),
  reply(
    /^NOREPLICAS/,
    'store-replicas-missing',
    'the server refuses writes while too few replicas are connected',
    undefined,
    5,
  ),
  reply(/^BUSY /, 'store-busy', 'another client runs a long script', 'try again when it is done'),
  reply(/DB index is out of range/, 'store-no-database', 'there is no database of that number'),
  reply(/^ERR max number of clients/, 'store-full', 'the server takes no further connection'),
];
