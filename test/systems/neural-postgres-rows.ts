/** Rows of neural-memory in PostgreSQL, from the JSON and the texts of a store that it wrote itself. */
import Database from 'better-sqlite3';

const STORE = new URL('../../fixtures/stores/neural-memory-4.62-multibrain.db', import.meta.url);
/** As src/systems/neural-brain.ts has them. */
const PER_MEMORY = { neurons: 2.77, synapses: 3.96, fibers: 1.46 };
const BRAIN = "'default'";

const quoted = (value: unknown): string =>
  value === null || value === undefined ? 'NULL' : `'${String(value).replaceAll("'", "''")}'`;

/** A temporary table of rows of the real store, numbered from 0. */
function sample(db: Database.Database, name: string, columns: readonly string[], sql: string): string {
  const rows = db.prepare(sql).raw().all() as unknown[][];
  const values = rows.map((row, i) => `(${i}, ${row.map(quoted).join(', ')})`).join(',\n');
  return `CREATE TEMP TABLE ${name}(at int PRIMARY KEY, ${columns.map((c) => `${c} text`).join(', ')});
    INSERT INTO ${name} VALUES ${values};`;
}

export function neuralFill(n: number): string {
  const db = new Database(STORE.pathname, { readonly: true });
  const neurons = sample(
    db,
    'some_neurons',
    ['type', 'content', 'metadata'],
    'SELECT type, content, metadata FROM neurons',
  );
  const fibers = sample(
    db,
    'some_fibers',
    ['pathway', 'summary', 'tags', 'auto_tags', 'agent_tags', 'metadata'],
    'SELECT pathway, summary, tags, auto_tags, agent_tags, metadata FROM fibers',
  );
  const synapses = sample(db, 'some_synapses', ['type', 'metadata'], 'SELECT type, metadata FROM synapses');
  const memories = sample(
    db,
    'some_memories',
    ['provenance', 'source'],
    'SELECT provenance, source FROM typed_memories',
  );
  const counts = db
    .prepare(
      'SELECT (SELECT count(*) FROM neurons) AS neurons, (SELECT count(*) FROM fibers) AS fibers, (SELECT count(*) FROM synapses) AS synapses, (SELECT count(*) FROM typed_memories) AS memories',
    )
    .get() as Record<'neurons' | 'fibers' | 'synapses' | 'memories', number>;
  db.close();
  const of = (each: number): number => Math.ceil(n * each);
  const vectors = `(SELECT array_agg((random() - 0.5)::real) FROM generate_series(1, 64) WHERE g IS NOT NULL)::vector`;
  const at = `timestamptz '2026-11-20' + g * interval '1.7 s'`;
  const pick = (k: string): string => `(floor(random() * least(${of(PER_MEMORY.neurons)}, ${k})))::int + 1`;
  return `${neurons}${fibers}${synapses}${memories}
    INSERT INTO brains(id, name, config, created_at, updated_at) VALUES (${BRAIN}, 'default', '{}', now(), now());
    CREATE TEMP TABLE ids AS SELECT g, md5(random()::text)::uuid::text AS id FROM generate_series(1, ${of(PER_MEMORY.neurons)}) g;
    ALTER TABLE ids ADD PRIMARY KEY (g);
    INSERT INTO neurons(id, brain_id, type, content, metadata, content_hash, embedding, created_at)
      SELECT id, ${BRAIN}, type, content, metadata::jsonb, hashtextextended(id, 0), ${vectors}, ${at}
      FROM ids JOIN some_neurons s ON s.at = g * 7 % ${counts.neurons} ORDER BY g;
    INSERT INTO neuron_states(neuron_id, brain_id, created_at) SELECT id, ${BRAIN}, ${at} FROM ids ORDER BY g;
    CREATE TEMP TABLE links AS SELECT g, md5(random()::text)::uuid::text AS id, ${pick(`g / ${PER_MEMORY.synapses} * ${PER_MEMORY.neurons} + 3`)} AS a, ${pick(`g / ${PER_MEMORY.synapses} * ${PER_MEMORY.neurons} + 3`)} AS b
      FROM generate_series(1, ${of(PER_MEMORY.synapses)}) g;
    INSERT INTO synapses(id, brain_id, source_id, target_id, type, weight, metadata, created_at)
      SELECT l.id, ${BRAIN}, x.id, y.id, type, random(), metadata::jsonb, timestamptz '2026-11-20' + l.g * interval '1.2 s'
      FROM links l JOIN ids x ON x.g = a JOIN ids y ON y.g = b JOIN some_synapses s ON s.at = l.g % ${counts.synapses} ORDER BY l.g;
    CREATE TEMP TABLE bundles AS SELECT g, md5(random()::text)::uuid::text AS id, g / ${PER_MEMORY.fibers} * ${PER_MEMORY.neurons} + 4 AS upto FROM generate_series(1, ${of(PER_MEMORY.fibers)}) g;
    CREATE TEMP TABLE members AS SELECT DISTINCT ON (f, x) f, x FROM (
      SELECT b.g AS f, ${pick('upto')} AS x FROM bundles b, generate_series(1, 3 + CASE WHEN b.g % 20 = 0 THEN 1 ELSE 0 END)) m;
    INSERT INTO fibers(id, brain_id, neuron_ids, synapse_ids, anchor_neuron_id, pathway, time_start, time_end, salience, summary, tags, auto_tags, agent_tags, metadata, created_at)
      SELECT b.id, ${BRAIN}, k.ids,
        (SELECT jsonb_agg(md5(random()::text)::uuid) FROM generate_series(1, 2 + CASE WHEN b.g % 10 = 0 THEN 1 ELSE 0 END)),
        md5(random()::text)::uuid::text, pathway::jsonb, now(), now(), random(), summary, tags::jsonb, auto_tags::jsonb, agent_tags::jsonb, metadata::jsonb,
        timestamptz '2026-11-20' + b.g * interval '3 s'
      FROM bundles b JOIN (SELECT f, jsonb_agg(i.id) AS ids FROM members JOIN ids i ON i.g = x GROUP BY f) k ON k.f = b.g
      JOIN some_fibers s ON s.at = b.g % ${counts.fibers} ORDER BY b.g;
    INSERT INTO fiber_neurons SELECT ${BRAIN}, b.id, i.id FROM members m JOIN bundles b ON b.g = f JOIN ids i ON i.g = x ORDER BY b.g;
    INSERT INTO typed_memories(fiber_id, brain_id, memory_type, provenance, created_at, source)
      SELECT b.id, ${BRAIN}, (ARRAY['fact', 'decision', 'preference', 'todo', 'insight'])[1 + b.g % 5], provenance::jsonb, timestamptz '2026-11-20' + b.g * interval '3 s', source
      FROM bundles b JOIN some_memories s ON s.at = b.g % ${counts.memories} WHERE b.g <= ${n} ORDER BY b.g`;
}
