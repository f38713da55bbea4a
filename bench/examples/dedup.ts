import { action } from '../../src/cli/memctl/dedup.ts';
import { withDemoStore } from '../demo-screens.ts';

/** `memctl dedup` of the demo store. */
export default function example(): Promise<string[]> {
  return withDemoStore((screen) => screen(action, 'memctl dedup memctl-demo.db --top 2', { top: '2' }));
}
