import { action } from '../../src/cli/memctl/vacuum.ts';
import { withDemoStore } from '../demo-screens.ts';

/** `memctl vacuum --dry-run` of the demo store. */
export default function example(): Promise<string[]> {
  return withDemoStore((screen) => screen(action, 'memctl vacuum memctl-demo.db --dry-run', { 'dry-run': true }));
}
