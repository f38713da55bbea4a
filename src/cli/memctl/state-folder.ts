/** Where memctl keeps what it remembers between runs: history, and the ledger of what it changed. */
import { join } from 'node:path';

/** MEMCTL_STATE_DIR, else XDG_STATE_HOME/memctl, else ~/.local/state/memctl; undefined where there is no home either. */
export function stateFolder(env: Readonly<Record<string, string | undefined>>): string | undefined {
  const own = env['MEMCTL_STATE_DIR'];
  if (own !== undefined && own !== '') return own;
  const xdg = env['XDG_STATE_HOME'];
  if (xdg !== undefined && xdg !== '') return join(xdg, 'memctl');
  const home = env['HOME'] ?? env['USERPROFILE'];
  return home === undefined || home === '' ? undefined : join(home, '.local', 'state', 'memctl');
}
