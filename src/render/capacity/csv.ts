/** A capacity report's components as CSV (RFC 4180) and as one JSON object a line. */
import type { CapacityJson } from '../../capacity/capacity-json.ts';
import { csvLine } from '../csv.ts';
import { writtenNumbers } from '../written-number.ts';

/** Bytes in full: a spreadsheet does its own rounding. */
export function capacityCsv(r: CapacityJson): string {
  const head = [
    'component',
    'title',
    'disk_bytes',
    'disk_low',
    'disk_high',
    'resident_bytes',
    'per_memory_bytes',
    'basis',
    'assumes',
  ];
  const rows = r.components.map((c) => [
    c.id,
    c.title,
    c.disk.value,
    c.disk.low,
    c.disk.high,
    c.resident.value,
    c.perMemory.value,
    c.disk.basis,
    c.assumes.join(' '),
  ]);
  const { disk, resident } = r.totals;
  rows.push(['total', 'total', disk.value, disk.low, disk.high, resident.value, '', disk.basis, '']);
  return [head, ...rows].map(csvLine).join('');
}

export function capacityNdjson(r: CapacityJson): string {
  return r.components
    .map(
      (c) =>
        `${JSON.stringify({ schemaVersion: r.schemaVersion, kind: 'capacity-component', generatedAt: r.generatedAt, engine: r.engine, ...c }, writtenNumbers)}\n`,
    )
    .join('');
}
