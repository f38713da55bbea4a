/** Reads the store given as argument and prints what came of it; run as another user by no-trace.test.ts. */
import { openStore } from '../../../src/adapters/index.ts';
import { Target } from '../../../src/store/index.ts';

async function main(path: string): Promise<unknown> {
  try {
    await using store = await openStore(Target.parse(`sqlite:${path}`), { mode: 'read' });
    const s = await store.snapshot({ now: new Date(0) });
    return { rows: s.memorySets[0]?.rows };
  } catch (e) {
    const { kind, code, message } = e as { kind: string; code: string; message: string };
    return { kind, code, message };
  }
}

process.stdout.write(JSON.stringify(await main(process.argv[2] as string)));
