/** How much of a machine's RAM a store may fill: what engines size by, and what prices choose a machine by. */
import { type Quantity, stated } from '../quantity/index.ts';

/**
 * Share of RAM that pages of the store may fill; the rest is the kernel, connections, sorts and a margin for growth.
 * Operating guides say 70 to 85 %.
 */
export const USABLE_SHARE: Quantity<'ratio'> = stated(
  'share of RAM the store may fill',
  0.8,
  'ratio',
  'assumed',
  'default: 80 % of RAM for pages, the rest for kernel, connections, sorts',
  0.7,
  0.9,
);
