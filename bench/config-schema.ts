/**
 * Writes schema/memplan.schema.json, which editors read, from the parameter table.
 *
 *     npx tsx bench/config-schema.ts
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { configSchema } from '../src/workload/config-schema.ts';

const file: string = join(import.meta.dirname, '../schema/memplan.schema.json');
writeFileSync(file, `${JSON.stringify(configSchema(), null, 2)}\n`);
