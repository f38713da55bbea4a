import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root: string = join(dirname(fileURLToPath(import.meta.url)), '..');

const newest = (folder: string): number =>
  Math.max(...readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((f) => statSync(join(folder, f)).mtimeMs));

/** The end-to-end tests run the bundles; an install builds them, an edit makes them stale. */
export default function setup(): void {
  const built = join(root, 'dist', 'memplan.cjs');
  const builders = readdirSync(root).filter((f) => /^build.*\.ts$/.test(f));
  const sources = Math.max(newest(join(root, 'src')), ...builders.map((f) => statSync(join(root, f)).mtimeMs));
  if (existsSync(built) && statSync(built).mtimeMs > sources) return;
  const run = spawnSync('npm', ['run', 'build'], { cwd: root, encoding: 'utf8' });
  if (run.status !== 0) throw new Error(`the build failed:\n${run.stdout}${run.stderr}`);
}
