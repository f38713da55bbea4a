/** stand-in */
import type { Action } from '../command.ts';
export const action: Action = { execute: async () => ({ exit: 0, render: () => 'x\n' }) };
