/** The store in the next command: a copied line reads it in the way that this one did. */
import { describe, expect, it } from 'vitest';
import { storeAgain } from '../../../src/cli/memctl/reading-flags.ts';
import { Target } from '../../../src/store/index.ts';

const target = Target.parse('sqlite:brain.db');

describe('the store, named again', () => {
  it('is its address where nothing else was said', () => {
    expect(storeAgain('sqlite:brain.db', {})).toBe('sqlite:brain.db');
    expect(storeAgain('sqlite:brain.db', { json: true }, { name: target.name, target })).toBe('sqlite:brain.db');
  });

  it('has the map, the profile and the config, quoted for a shell', () => {
    expect(storeAgain('sqlite:brain.db', { map: "it's a map.yaml", profile: 'mneme' })).toBe(
      "sqlite:brain.db --profile mneme --map 'it'\\''s a map.yaml'",
    );
  });

  it('is the name from memctl.yaml, which has a map of its own; a shard has no name that a command takes', () => {
    expect(storeAgain('sqlite:brain.db', { config: 'c.yaml' }, { name: 'brain', target })).toBe(
      'brain --config c.yaml',
    );
    expect(storeAgain('sqlite:brain.db', {}, { name: 'brain/eu', target })).toBe('sqlite:brain.db');
  });
});
