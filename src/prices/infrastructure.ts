/** Disk, memory, machines and hosted vector stores. us-east-1 and on-demand unless the notes say otherwise. */
import type { Price, PriceUnit } from './price.ts';

const GiB = 2 ** 30;

type Extra = Pick<Price, 'low' | 'high' | 'notes' | 'ram' | 'undated'>;
const row =
  (group: Price['group'], asOf: string, source: string) =>
  (id: string, title: string, unit: PriceUnit, value: number, extra: Extra = {}): Price => ({
    id,
    title,
    group,
    unit,
    value,
    asOf,
    source,
    ...extra,
  });

const rds = row('storage', '2026-06-01', 'usage.ai, RDS pricing for us-east-1, June 2026');
const rules = row('storage', '2026-09-11', 'turbopuffer.com architecture page, cost of storage media');
const s3v = row(
  'vector-store',
  '2026-06-16',
  'Amazon S3 Vectors prices as published by Caylent and classmethod, 2026-06-16',
);
const puffer = row('vector-store', '2026-09-11', 'turbopuffer.com pricing page, changelog to 2026-09-11');
const bench = row('vector-store', '2025-06-16', 'VectorDBBench dbPrices.json, 2025-06-16');

export const STORAGE_PRICES: readonly Price[] = [
  rds('rds.gp3', 'RDS gp3 storage', 'USD/GB-month', 0.115, {
    notes: '3,000 IOPS and 125 MB/s included; Multi-AZ stores it twice',
  }),
  rds('rds.gp3-iops', 'RDS gp3 IOPS above 3,000', 'USD/IOPS-month', 0.02),
  rds('rds.backup', 'RDS backup above the size of the database', 'USD/GB-month', 0.095, {
    notes: 'backup up to 100 % of the provisioned storage is free',
  }),
  rules('medium.dram', 'DRAM', 'USD/GB-month', 2, { notes: 'rule of thumb for comparing media, not an offer' }),
  rules('medium.ssd', 'NVMe SSD', 'USD/GB-month', 0.08, { notes: 'rule of thumb for comparing media, not an offer' }),
  rules('medium.s3', 'object storage', 'USD/GB-month', 0.02, {
    notes: 'rule of thumb for comparing media, not an offer',
  }),
];

const S3_CONFLICT = 'a page of April 2026 gives other numbers (0.05 and 0.50)';

export const VECTOR_STORE_PRICES: readonly Price[] = [
  s3v('s3-vectors.storage', 'S3 Vectors storage', 'USD/GB-month', 0.06, { low: 0.05, high: 0.06, notes: S3_CONFLICT }),
  s3v('s3-vectors.put', 'S3 Vectors PUT', 'USD/GB', 0.2, { notes: 'each PUT counts as 128 KB or more' }),
  s3v('s3-vectors.query', 'S3 Vectors queries', 'USD/1M queries', 2.5, {
    notes: `data processed is charged besides; ${S3_CONFLICT}`,
  }),
  puffer('turbopuffer.storage', 'turbopuffer, indexed storage', 'USD/GB-month', 0.33),
  puffer('turbopuffer.unindexed', 'turbopuffer, unindexed storage', 'USD/GB-month', 0.165),
  puffer('turbopuffer.write', 'turbopuffer, writes', 'USD/GB', 2),
  puffer('turbopuffer.query', 'turbopuffer, data queried', 'USD/TB', 0.001, {
    notes: '$1 per PB; a query counts as 1.28 GB or more',
  }),
  puffer('turbopuffer.returned', 'turbopuffer, data returned', 'USD/GB', 0.05),
  puffer('turbopuffer.minimum', 'turbopuffer, least invoice', 'USD/month', 16),
  bench('qdrant.4', 'Qdrant Cloud 0.5 vCPU, 4 GiB', 'USD/hour', 0.052, { ram: 4 * GiB }),
  bench('qdrant.8', 'Qdrant Cloud 2 vCPU, 8 GiB', 'USD/hour', 0.166, { ram: 8 * GiB }),
  bench('qdrant.16', 'Qdrant Cloud 4 vCPU, 16 GiB', 'USD/hour', 0.2852, { ram: 16 * GiB }),
  bench('qdrant.64', 'Qdrant Cloud 16 vCPU, 64 GiB', 'USD/hour', 1.14, { ram: 64 * GiB }),
  bench('zilliz.1cu', 'Zilliz Cloud, 1 CU', 'USD/hour', 0.159),
  bench('elastic.60', 'Elastic Cloud 8 vCPU, 60 GiB', 'USD/hour', 1.26, { ram: 60 * GiB }),
  bench('opensearch.128', 'Amazon OpenSearch 16 vCPU, 128 GiB', 'USD/hour', 1.418, { ram: 128 * GiB }),
  bench('pinecone.p2.x1', 'Pinecone p2.x1 pod', 'USD/hour', 0.146),
];

const t4g = row('compute', '2026-01-01', 'infratally.com, RDS PostgreSQL us-east-1, 2026');
const r8g = row('compute', '2026-04-01', 'db.r8g.xlarge $0.478 (usage.ai, April 2026); other sizes in proportion');
const r7g = row('compute', '2026-02-26', "ScyllaDB's sizing algorithm, 2026-02-26");

/** The previous generation of the same sizes is listed at 0.225 an hour for 16 GiB. */
const R6G_OVER_R8G = 0.94;
const MEMORY_INSTANCES: readonly (readonly [string, number])[] = [
  ['large', 16],
  ['xlarge', 32],
  ['2xlarge', 64],
  ['4xlarge', 128],
  ['8xlarge', 256],
  ['12xlarge', 384],
  ['16xlarge', 512],
  ['24xlarge', 768],
  ['48xlarge', 1536],
];
const R8G_PER_GIB = 0.478 / 32;
const round = (n: number): number => Number(n.toPrecision(6));

export const COMPUTE_PRICES: readonly Price[] = [
  t4g('rds.t4g.micro', 'RDS db.t4g.micro, 1 GiB', 'USD/hour', 0.016, { ram: GiB }),
  t4g('rds.t4g.small', 'RDS db.t4g.small, 2 GiB', 'USD/hour', 0.032, { ram: 2 * GiB }),
  t4g('rds.t4g.medium', 'RDS db.t4g.medium, 4 GiB', 'USD/hour', 0.065, { ram: 4 * GiB }),
  ...MEMORY_INSTANCES.map(([size, gib]) =>
    r8g(`rds.r8g.${size}`, `RDS db.r8g.${size}, ${gib} GiB`, 'USD/hour', round(gib * R8G_PER_GIB), {
      ram: gib * GiB,
      low: round(gib * R8G_PER_GIB * R6G_OVER_R8G),
      high: round(gib * R8G_PER_GIB),
      notes:
        'on demand, single AZ; the low end is the db.r6g of the same size; a one-year reservation takes about a third off',
    }),
  ),
  r7g('r7g.large', 'r7g.large, 16 GiB', 'USD/hour', 0.214, {
    ram: 16 * GiB,
    notes: "a vendor's own price, not the EC2 list",
  }),
  r7g('r7g.16xlarge', 'r7g.16xlarge, 512 GiB', 'USD/hour', 6.8545, {
    ram: 512 * GiB,
    notes: "a vendor's own price, not the EC2 list",
  }),
];

const cacheRow = row('cache', '2026-11-20', 'public infrastructure price tables, us-east-1');
const cache = (id: string, title: string, value: number, extra: Extra): Price =>
  cacheRow(id, title, 'USD/hour', value, { undated: true, ...extra });
const CACHE_CONFLICT = 'public tables run from 0.149 to 0.222 an hour for 13 GiB';

/**
 * Hourly price of cache.r6g.large; larger sizes are its multiples. RAM is maxmemory by node type from the ElastiCache user guide,
 * Redis parameters: 14,037,181,030 bytes for large, which are 13.07 GiB.
 */
const CACHE_LARGE = { value: 0.206, low: 0.149, high: 0.222 };
const CACHE_NODES: readonly (readonly [string, number, number])[] = [
  ['large', 1, 13.07],
  ['xlarge', 2, 26.32],
  ['2xlarge', 4, 52.82],
  ['4xlarge', 8, 105.81],
  ['8xlarge', 16, 209.55],
  ['12xlarge', 24, 317.77],
  ['16xlarge', 32, 419.09],
];

export const CACHE_PRICES: readonly Price[] = [
  cache('elasticache.t4g.micro', 'ElastiCache cache.t4g.micro, 0.5 GiB', 0.016, { ram: 0.5 * GiB }),
  cache('elasticache.t4g.small', 'ElastiCache cache.t4g.small, 1.37 GiB', 0.032, { ram: 1.37 * GiB }),
  cache('elasticache.t4g.medium', 'ElastiCache cache.t4g.medium, 3.09 GiB', 0.065, { ram: 3.09 * GiB }),
  ...CACHE_NODES.map(([size, times, gib]) =>
    cache(`elasticache.r6g.${size}`, `ElastiCache cache.r6g.${size}, ${gib} GiB`, round(CACHE_LARGE.value * times), {
      ram: gib * GiB,
      low: round(CACHE_LARGE.low * times),
      high: round(CACHE_LARGE.high * times),
      notes: CACHE_CONFLICT,
    }),
  ),
];
