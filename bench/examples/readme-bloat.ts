import { action } from '../../src/cli/memctl/bloat.ts';
import { withDemoStore } from '../demo-screens.ts';

/** `memctl bloat` of the demo store. */
export default function example(): Promise<string[]> {
  return withDemoStore((screen) => screen(action, 'memctl bloat memctl-demo.db'));
}
