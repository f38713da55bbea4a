/** The schema that is shipped for editors is the parameter table's, and what init writes is read back. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { CONFIG_SECTIONS } from '../../src/workload/config.ts';
import { configSchema } from '../../src/workload/config-schema.ts';
import { configText, scalar } from '../../src/workload/config-text.ts';
import { completeWorkload, PARAMETERS, readConfig } from '../../src/workload/index.ts';

interface Schema {
  readonly properties: Readonly<Record<string, { readonly properties?: Readonly<Record<string, unknown>> }>>;
}

it('schema/memplan.schema.json is what the parameter table gives; npx tsx bench/config-schema.ts writes it', () => {
  const shipped = JSON.parse(
    readFileSync(new URL('../../schema/memplan.schema.json', import.meta.url), 'utf8'),
  ) as Schema;
  expect(shipped).toEqual(JSON.parse(JSON.stringify(configSchema())));
  expect(Object.keys(shipped.properties)).toEqual([...CONFIG_SECTIONS]);
  const inputs = Object.keys(shipped.properties['workload']?.properties ?? {});
  expect(inputs.sort()).toEqual([...PARAMETERS.map((p) => p.id), 'with', 'without'].sort());
});

it('what is written is read back to the same inputs', () => {
  const answers = [
    { id: 'n', text: '10M' },
    { id: 'dims', text: '1536' },
    { id: 'ram', text: '64GiB' },
    { id: 'budget', text: '$500' },
    { id: 'slo-p99', text: '20ms' },
    { id: 'prefilter', text: '55%' },
    { id: 'type', text: 'halfvec' },
  ];
  const text = configText(answers, {
    schema: './schema/memplan.schema.json',
    about: ['By hand.'],
    standing: { m: '24' },
  });
  expect(text.split('\n')[0]).toBe('# yaml-language-server: $schema=./schema/memplan.schema.json');
  expect(text).toContain('  # m: 24  #');
  const w = completeWorkload(readConfig(parse(text), 'memplan.yaml').draft);
  expect([
    w.memories.value,
    w.ram.value,
    w.budget?.value,
    w.sloP99.value,
    w.prefilter.value,
    w.scalar,
    w.m.value,
  ]).toEqual([10_000_000, 64 * 2 ** 30, 500, 0.02, 0.55, 'halfvec', 16]);
  expect(Object.entries(w.origin).filter(([, from]) => from === 'config')).toHaveLength(answers.length);
});

it('every commented line is a default that can be set: without its # the file still reads', () => {
  const text = configText([{ id: 'n', text: '1M' }], { schema: 's', about: [] });
  const set = text.replaceAll(/^ {2}# ([a-z0-9-]+): (\S+) {2}#/gm, '  $1: $2  #');
  // What only another type has is refused, as it should be.
  const fitting = set.replace(/^ {2}nonzeros:.*$/m, '');
  const w = completeWorkload(readConfig(parse(fitting), 'memplan.yaml').draft);
  const plain = completeWorkload(readConfig(parse(text), 'memplan.yaml').draft);
  expect(Object.values(w.origin).filter((from) => from === 'config').length).toBeGreaterThan(20);
  for (const key of ['m', 'textBytes', 'ram', 'sloP99', 'buildWindow'] as const)
    expect(w[key].value).toBe(plain[key].value);
});

it.each(['yes', 'null', 'a: b', '# no', '- x', 'two words', '"', '', '@at', 'x:'])(
  '%j is written so that it stays text',
  (text) => {
    expect(parse(`v: ${scalar(text)}`)).toEqual({ v: text });
  },
);
