import { action } from '../../src/cli/memctl/dedup.ts';
import { withDemoStore } from '../demo-screens.ts';

/** `memctl dedup` of the demo store's cache. */
export default function example(): Promise<string[]> {
  return withDemoStore((screen) =>
    screen(action, 'memctl dedup memctl-demo.db --set entries --top 1', { set: 'entries', top: '1' }),
  );
}
