/** Disk, memory, machines and hosted vector stores. us-east-1 and on-demand unless the notes say otherwise. */
import { type Price, type PriceSource, priceRow } from './price.ts';

const GiB = 2 ** 30;

export function storagePrices(): Price[] {
  const rds: PriceSource = { asOf: '2026-06-01', source: 'usage.ai, RDS pricing for us-east-1, June 2026' };
  const rules: PriceSource = { asOf: '2026-09-11', source: 'turbopuffer.com architecture page, cost of storage media' };
  const rough = 'rule of thumb for comparing media, not an offer';
  return [
    priceRow(
      'storage',
      rds,
      'rds.gp3',
      'RDS gp3 storage',
      'USD/GB-month',
      0.115,
      '3,000 IOPS and 125 MB/s included; Multi-AZ stores it twice',
    ),
    priceRow('storage', rds, 'rds.gp3-iops', 'RDS gp3 IOPS above 3,000', 'USD/IOPS-month', 0.02),
    priceRow(
      'storage',
      rds,
      'rds.backup',
      'RDS backup above the size of the database',
      'USD/GB-month',
      0.095,
      'backup up to 100 % of the provisioned storage is free',
    ),
    priceRow('storage', rules, 'medium.dram', 'DRAM', 'USD/GB-month', 2, rough),
    priceRow('storage', rules, 'medium.ssd', 'NVMe SSD', 'USD/GB-month', 0.08, rough),
    priceRow('storage', rules, 'medium.s3', 'object storage', 'USD/GB-month', 0.02, rough),
  ];
}

/** A machine by the hour. @param gib GiB of RAM that it offers; none where it is not chosen by them */
function hourly(
  group: Price['group'],
  read: PriceSource,
  id: string,
  title: string,
  value: number,
  gib?: number,
  notes?: string,
  low?: number,
  high?: number,
): Price {
  return priceRow(group, read, id, title, 'USD/hour', value, notes, low, high, gib === undefined ? gib : gib * GiB);
}

export function vectorStorePrices(): Price[] {
  const s3: PriceSource = {
    asOf: '2026-06-16',
    source: 'Amazon S3 Vectors prices as published by Caylent and classmethod, 2026-06-16',
  };
  const puffer: PriceSource = { asOf: '2026-09-11', source: 'turbopuffer.com pricing page, changelog to 2026-09-11' };
  const bench: PriceSource = { asOf: '2025-06-16', source: 'VectorDBBench dbPrices.json, 2025-06-16' };
  const conflict = 'a page of April 2026 gives other numbers (0.05 and 0.50)';
  const of = 'vector-store';
  return [
    priceRow(of, s3, 's3-vectors.storage', 'S3 Vectors storage', 'USD/GB-month', 0.06, conflict, 0.05, 0.06),
    priceRow(of, s3, 's3-vectors.put', 'S3 Vectors PUT', 'USD/GB', 0.2, 'each PUT counts as 128 KB or more'),
    priceRow(
      of,
      s3,
      's3-vectors.query',
      'S3 Vectors queries',
      'USD/1M queries',
      2.5,
      `data processed is charged besides; ${conflict}`,
    ),
    priceRow(of, puffer, 'turbopuffer.storage', 'turbopuffer, indexed storage', 'USD/GB-month', 0.33),
    priceRow(of, puffer, 'turbopuffer.unindexed', 'turbopuffer, unindexed storage', 'USD/GB-month', 0.165),
    priceRow(of, puffer, 'turbopuffer.write', 'turbopuffer, writes', 'USD/GB', 2),
    priceRow(
      of,
      puffer,
      'turbopuffer.query',
      'turbopuffer, data queried',
      'USD/TB',
      0.001,
      '$1 per PB; a query counts as 1.28 GB or more',
    ),
    priceRow(of, puffer, 'turbopuffer.returned', 'turbopuffer, data returned', 'USD/GB', 0.05),
    priceRow(of, puffer, 'turbopuffer.minimum', 'turbopuffer, least invoice', 'USD/month', 16),
    hourly(of, bench, 'qdrant.4', 'Qdrant Cloud 0.5 vCPU, 4 GiB', 0.052, 4),
    hourly(of, bench, 'qdrant.8', 'Qdrant Cloud 2 vCPU, 8 GiB', 0.166, 8),
    hourly(of, bench, 'qdrant.16', 'Qdrant Cloud 4 vCPU, 16 GiB', 0.2852, 16),
    hourly(of, bench, 'qdrant.64', 'Qdrant Cloud 16 vCPU, 64 GiB', 1.14, 64),
    hourly(of, bench, 'zilliz.1cu', 'Zilliz Cloud, 1 CU', 0.159),
    hourly(of, bench, 'elastic.60', 'Elastic Cloud 8 vCPU, 60 GiB', 1.26, 60),
    hourly(of, bench, 'opensearch.128', 'Amazon OpenSearch 16 vCPU, 128 GiB', 1.418, 128),
    hourly(of, bench, 'pinecone.p2.x1', 'Pinecone p2.x1 pod', 0.146),
  ];
}

/** The previous generation of the same sizes is listed at 0.225 an hour for 16 GiB. */
const R6G_OVER_R8G = 0.94;
const R8G_PER_GIB = 0.478 / 32;

/** To six digits, by arithmetic: writing a number down and reading it again takes twenty times as long. @param n 0.001 to 999 */
function round(n: number): number {
  const unit = n < 0.01 ? 1e8 : n < 0.1 ? 1e7 : n < 1 ? 1e6 : n < 10 ? 1e5 : n < 100 ? 1e4 : 1e3;
  return Math.round(n * unit) / unit;
}

export function computePrices(): Price[] {
  const t4g: PriceSource = { asOf: '2026-01-01', source: 'infratally.com, RDS PostgreSQL us-east-1, 2026' };
  const r8g: PriceSource = {
    asOf: '2026-04-01',
    source: 'db.r8g.xlarge $0.478 (usage.ai, April 2026); other sizes in proportion',
  };
  const r7g: PriceSource = { asOf: '2026-02-26', source: "ScyllaDB's sizing algorithm, 2026-02-26" };
  const notes =
    'on demand, single AZ; the low end is the db.r6g of the same size; a one-year reservation takes about a third off';
  const vendor = "a vendor's own price, not the EC2 list";
  const memory = (size: string, gib: number): Price => {
    const price = gib * R8G_PER_GIB;
    const listed = round(price);
    const title = `RDS db.r8g.${size}, ${gib} GiB`;
    return hourly('compute', r8g, `rds.r8g.${size}`, title, listed, gib, notes, round(price * R6G_OVER_R8G), listed);
  };
  return [
    hourly('compute', t4g, 'rds.t4g.micro', 'RDS db.t4g.micro, 1 GiB', 0.016, 1),
    hourly('compute', t4g, 'rds.t4g.small', 'RDS db.t4g.small, 2 GiB', 0.032, 2),
    hourly('compute', t4g, 'rds.t4g.medium', 'RDS db.t4g.medium, 4 GiB', 0.065, 4),
    memory('large', 16),
    memory('xlarge', 32),
    memory('2xlarge', 64),
    memory('4xlarge', 128),
    memory('8xlarge', 256),
    memory('12xlarge', 384),
    memory('16xlarge', 512),
    memory('24xlarge', 768),
    memory('48xlarge', 1536),
    hourly('compute', r7g, 'r7g.large', 'r7g.large, 16 GiB', 0.214, 16, vendor),
    hourly('compute', r7g, 'r7g.16xlarge', 'r7g.16xlarge, 512 GiB', 6.8545, 512, vendor),
  ];
}

/** Hourly price of cache.r6g.large, and how far public tables are apart; larger sizes are its multiples. */
const CACHE_LARGE = 0.206;
const CACHE_LARGE_LOW = 0.149;
const CACHE_LARGE_HIGH = 0.222;

/** RAM is maxmemory by node type from the ElastiCache user guide, Redis parameters: 14,037,181,030 bytes for large, 13.07 GiB. */
export function cachePrices(): Price[] {
  const tables: PriceSource = {
    asOf: '2026-11-20',
    undated: true,
    source: 'public infrastructure price tables, us-east-1',
  };
  const node = (id: string, gib: number, value: number, notes?: string, low?: number, high?: number): Price =>
    hourly('cache', tables, `elasticache.${id}`, `ElastiCache cache.${id}, ${gib} GiB`, value, gib, notes, low, high);
  const memory = (size: string, times: number, gib: number): Price =>
    node(
      `r6g.${size}`,
      gib,
      round(CACHE_LARGE * times),
      'public tables run from 0.149 to 0.222 an hour for 13 GiB',
      round(CACHE_LARGE_LOW * times),
      round(CACHE_LARGE_HIGH * times),
    );
  return [
    node('t4g.micro', 0.5, 0.016),
    node('t4g.small', 1.37, 0.032),
    node('t4g.medium', 3.09, 0.065),
    memory('large', 1, 13.07),
    memory('xlarge', 2, 26.32),
    memory('2xlarge', 4, 52.82),
    memory('4xlarge', 8, 105.81),
    memory('8xlarge', 16, 209.55),
    memory('12xlarge', 24, 317.77),
    memory('16xlarge', 32, 419.09),
  ];
}
