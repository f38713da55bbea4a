import { execFile } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const run: (
  file: string,
  args: readonly string[],
  options?: { env: NodeJS.ProcessEnv; maxBuffer: number },
) => Promise<{
  stdout: string;
  stderr: string;
}> = promisify(execFile);

/** Raise it whenever PACKAGES or what is done with them changes: the cached folder bears it. */
const RECIPE = 1;
const RELEASE = 'trixie';
const DEFAULT_MIRROR = 'http://deb.debian.org/debian';

/** The servers, and what they run at start: initdb calls sh, `chroot` enters through setpriv (util-linux). */
const PACKAGES: readonly string[] = [
  'base-files',
  'dash',
  'coreutils',
  'libc-bin',
  'tzdata',
  'util-linux',
  'postgresql-17',
  'postgresql-17-pgvector',
  'pgbouncer',
  'redis-server',
  'valkey-server',
];

/** Half of the bytes, for wrappers (Perl), the JIT (LLVM) and translations that no test asks for. */
const NOT_UNPACKED: RegExp = /^(perl|libperl|libllvm|libz3|locales|libc-l10n|debconf|ssl-cert)/;

/** The account that the servers run as; no process outside has to know it. */
export const SERVER_UID = 5432;

const cacheFolder: string = join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'memplan-tests');

const architecture: string = process.arch === 'x64' ? 'amd64' : process.arch;
const root: string = join(cacheFolder, `${RELEASE}-${architecture}-${RECIPE}`);

/** The folder that debianRoot() gives, if it is there already. */
export const cachedDebianRoot = (): string | undefined => (existsSync(root) ? root : undefined);

/**
 * The folder of a Debian with PostgreSQL 17, pgvector, PgBouncer, Redis 8 and Valkey 8 to chroot into: unpacked once
 * (107 MB fetched, 220 MB on disk) into the user's cache with apt-get and dpkg-deb, nothing of the machine's own changed.
 * Undefined where that cannot be: no root, no chroot, no apt.
 */
export async function debianRoot(): Promise<string | undefined> {
  if (process.platform !== 'linux' || process.getuid?.() !== 0 || !onPath('chroot')) return undefined;
  if (existsSync(root)) return root;
  if (!onPath('apt-get') || !onPath('dpkg-deb')) return undefined;
  mkdirSync(cacheFolder, { recursive: true });
  sweepHalfMade();
  // Made beside its place and renamed: two runs at once make it twice, and neither sees a half.
  const made = mkdtempSync(join(cacheFolder, `half-made-${process.pid}-`));
  const began = Date.now();
  process.stderr.write(
    `installing PostgreSQL, pgvector and Redis for the tests into ${cacheFolder}, once, about 10 s\n`,
  );
  try {
    await unpack(made);
    try {
      renameSync(join(made, 'root'), root);
    } catch (error) {
      if (!existsSync(root)) throw error;
    }
  } finally {
    rmSync(made, { recursive: true, force: true });
  }
  process.stderr.write(`installed in ${Math.round((Date.now() - began) / 1000)} s\n`);
  return root;
}

/** Where a program of that name is on PATH. */
export function onPath(program: string): string | undefined {
  return `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`
    .split(':')
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, program))
    .find((file) => existsSync(file));
}

async function unpack(made: string): Promise<void> {
  for (const folder of ['etc', 'lists/partial', 'cache/archives/partial', 'root'])
    mkdirSync(join(made, folder), { recursive: true });
  writeFileSync(join(made, 'status'), '');
  await download(made);
  const halfMade = join(made, 'root');
  const archives = join(made, 'cache/archives');
  const packages = readdirSync(archives).filter((f) => f.endsWith('.deb') && !NOT_UNPACKED.test(f));
  // base-files first: /bin, /lib and /sbin are its links, and a package unpacked before would make folders of them.
  packages.sort((a, b) => Number(b.startsWith('base-files')) - Number(a.startsWith('base-files')));
  for (const file of packages) await run('dpkg-deb', ['-x', join(archives, file), halfMade]);
  // No maintainer script has run: what the servers need of their work is this account and this device.
  writeFileSync(
    join(halfMade, 'etc/passwd'),
    `root:x:0:0::/root:/bin/sh\npostgres:x:${SERVER_UID}:${SERVER_UID}::/tmp:/bin/sh\n`,
  );
  writeFileSync(join(halfMade, 'etc/group'), `root:x:0:\npostgres:x:${SERVER_UID}:\n`);
  for (const file of ['etc/passwd', 'etc/group']) chmodSync(join(halfMade, file), 0o644);
  const devNull = join(halfMade, 'dev/null');
  mkdirSync(dirname(devNull), { recursive: true });
  try {
    await run('mknod', [devNull, 'c', '1', '3']);
    appendFileSync(devNull, '.');
  } catch {
    // No CAP_MKNOD, or a file system mounted nodev: an ordinary file swallows the little that is written to it.
    rmSync(devNull, { force: true });
    writeFileSync(devNull, '');
  }
  chmodSync(devNull, 0o666);
  chmodSync(join(halfMade, 'tmp'), 0o1777);
}

async function download(made: string): Promise<void> {
  const keyring = await debianKeyring(made);
  let refused = '';
  for (const mirror of await mirrors()) {
    writeFileSync(join(made, 'etc/sources.list'), `deb [signed-by=${keyring}] ${mirror} ${RELEASE} main\n`);
    writeFileSync(join(made, 'apt.conf'), await aptConfig(made), { mode: 0o600 });
    const env = { ...process.env, APT_CONFIG: join(made, 'apt.conf'), LC_ALL: 'C', DEBIAN_FRONTEND: 'noninteractive' };
    try {
      await run('apt-get', ['update', '-o', 'APT::Update::Error-Mode=any'], { env, maxBuffer: 1e8 });
      await run('apt-get', ['install', '-y', '--download-only', ...PACKAGES], { env, maxBuffer: 1e8 });
      return;
    } catch (error) {
      const said = String((error as { stderr?: string }).stderr ?? error).split('\n');
      refused = said.find((line) => line.startsWith('E:')) ?? said.find((line) => line !== '') ?? String(error);
    }
  }
  throw new Error(`the test servers could not be fetched from Debian: ${refused}; ${HOW_TO_HELP}`);
}

/** What to do where the tests cannot get a server by themselves. */
export const HOW_TO_HELP: string =
  'run the tests as root on Debian or Ubuntu with a mirror in reach, or set MEMCTL_TEST_POSTGRES_BIN to the folder with ' +
  'initdb and postgres of a PostgreSQL that has pgvector (and MEMCTL_TEST_REDIS, MEMCTL_TEST_PGBOUNCER to those programs)';

/** An apt of its own: other lists, other archives, an empty set of installed packages; the machine's way to the network. */
async function aptConfig(made: string): Promise<string> {
  const { stdout } = await run('apt-config', ['dump']);
  const network = stdout.split('\n').filter((line) => /^Acquire::(https?|socks|Retries|Force)/i.test(line));
  return [
    ...network,
    `Dir::Etc "${join(made, 'etc')}";`,
    'Dir::Etc::sourcelist "sources.list";',
    'Dir::Etc::sourceparts "/dev/null";',
    'Dir::Etc::netrc "/etc/apt/auth.conf";',
    'Dir::Etc::netrcparts "/etc/apt/auth.conf.d";',
    `Dir::State "${made}";`,
    `Dir::State::status "${join(made, 'status')}";`,
    `Dir::Cache "${join(made, 'cache')}";`,
    `APT::Architecture "${architecture}";`,
    `APT::Architectures { "${architecture}"; };`,
    'APT::Install-Recommends "false";',
    'APT::Sandbox::User "root";',
    'Acquire::Languages "none";',
    'Acquire::Retries "2";',
    'Acquire::http::Timeout "20";',
    'Acquire::https::Timeout "20";',
    '',
  ].join('\n');
}

/** The Debian mirrors that this machine's apt already uses, then the default one. */
async function mirrors(): Promise<readonly string[]> {
  const given = process.env['MEMCTL_TEST_DEBIAN_MIRROR'];
  if (given) return [given];
  const format = '$(CREATED_BY)|$(ORIGIN)|$(LABEL)|$(REPO_URI)';
  const { stdout } = await run('apt-get', ['indextargets', '--format', format]).catch(() => ({ stdout: '' }));
  const known = stdout
    .split('\n')
    .map((line) => line.split('|'))
    .filter((f) => f[0] === 'Packages' && f[1] === 'Debian' && f[2] === 'Debian')
    .map((f) => (f[3] as string).replace(/\/$/, ''));
  return [...new Set([...known, DEFAULT_MIRROR])];
}

async function debianKeyring(made: string): Promise<string> {
  const file = 'usr/share/keyrings/debian-archive-keyring.gpg';
  if (existsSync(`/${file}`)) return `/${file}`;
  // Ubuntu has Debian's keys in a package of its own.
  const folder = join(made, 'keyring');
  mkdirSync(folder);
  await run('sh', ['-c', 'cd "$0" && apt-get download -o APT::Sandbox::User=root debian-archive-keyring', folder]);
  for (const deb of readdirSync(folder)) await run('dpkg-deb', ['-x', join(folder, deb), folder]);
  return join(folder, file);
}

function sweepHalfMade(): void {
  for (const name of readdirSync(cacheFolder)) {
    const pid = /^half-made-(\d+)-/.exec(name)?.[1];
    if (pid !== undefined && !alive(Number(pid))) rmSync(join(cacheFolder, name), { recursive: true, force: true });
  }
}

export function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
