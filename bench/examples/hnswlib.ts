import { hnswlib } from '../../src/layouts/hnswlib.ts';
import { explain, formatBytes, leaf } from '../../src/quantity/index.ts';

/** One index of 100,000 x 768, and 1,000 nearly empty ones made for 10,000 rows each. */
export default function example(): string[] {
  const shape = { dims: leaf('dims', 768, 'dimensions'), m: leaf('m', 16, 'count') };
  const one = hnswlib.size({ ...shape, rows: leaf('rows', 100_000, 'count') });
  const tenants = hnswlib.size({
    ...shape,
    rows: leaf('rows per tenant', 1, 'count'),
    capacity: leaf('capacity', 10_000, 'count'),
    indexes: leaf('tenants', 1000, 'count'),
  });
  return [
    ...explain(one.resident),
    '',
    `file: ${formatBytes(one.disk.value)}`,
    `1,000 tenants of capacity 10,000 with one vector each: ${formatBytes(tenants.resident.value)} resident, ${formatBytes((tenants.parts['allocated']?.value as number) * 1000)} of address space`,
  ];
}
