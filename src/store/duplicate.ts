/** Rows that say what another row says, as an action names them. */
import type { ScanField, ScanRow } from './scan.ts';

/** One row and the row that stays for it. Both are checked again in the transaction: the survivor must still be there and active, and neither may have changed. */
export interface Duplicate {
  /** `keyOf` of the row that goes, and of the one that stays. */
  readonly key: string;
  readonly survivor: string;
  /** `contentDigest` of either when they were compared. */
  readonly digest: string;
  readonly survivorDigest: string;
  /** A person accepted the pair: it goes even where the row would have outlived the one that stays. */
  readonly reviewed?: true;
}

/** The fields that a content digest is taken over: ask for these in the scan. */
export const DIGEST_FIELDS: readonly ScanField[] = ['namespace', 'text', 'vector', 'kind', 'inactive'];

/**
 * What a row says, in short: equal only while namespace, kind, text and vector are the same bytes and the row is active.
 * @param sha256 bytes → hexadecimal; pure rooms have no crypto, so it is handed in
 * @returns the first 32 hexadecimal digits (128 bits)
 */
export function contentDigest(row: ScanRow, sha256: (bytes: Uint8Array) => string): string {
  const head = new TextEncoder().encode(
    JSON.stringify([row.namespace ?? null, row.kind ?? null, row.inactive ?? null, row.text ?? null]),
  );
  const { vector } = row;
  const bytes = new Uint8Array(head.length + (vector?.byteLength ?? 0));
  bytes.set(head);
  if (vector !== undefined) bytes.set(new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength), head.length);
  return sha256(bytes).slice(0, 32);
}

/** Two rows stored with one lifetime at one moment: programs write the second of it at different places. */
const SAME_EXPIRY_MS = 1_000;

/**
 * Whether the memory would be lost with the row that stays, earlier than the row that goes would have lost it.
 * @param row when either expires (`RowRank.expires`); absent or NaN where that is not known. Of one that is known and one that is
 * not, nobody can tell: true, unless the one that stays never expires.
 */
export function outlives(row: number | undefined, survivor: number | undefined): boolean {
  const [a, b] = [row ?? Number.NaN, survivor ?? Number.NaN];
  if (Number.isNaN(a) || Number.isNaN(b)) return Number.isNaN(a) !== Number.isNaN(b) && b !== Number.POSITIVE_INFINITY;
  return a > b + SAME_EXPIRY_MS;
}

/**
 * Rows are only ever the same memory inside one namespace and one kind, whatever a list of duplicates says that was written by hand.
 * @param row with the fields `namespace` and `kind`
 */
export const sameGroup = (
  row: Pick<ScanRow, 'namespace' | 'kind'>,
  survivor: Pick<ScanRow, 'namespace' | 'kind'>,
): boolean =>
  (row.namespace ?? null) === (survivor.namespace ?? null) && (row.kind ?? null) === (survivor.kind ?? null);

/**
 * Without the pairs whose survivor would go as well, or that name a row twice: whatever is carried out of the rest, the row that
 * stays for each is one that nothing in the list takes away.
 */
export function standing(duplicates: readonly Duplicate[]): {
  readonly kept: readonly Duplicate[];
  readonly dropped: number;
} {
  const going = new Set(duplicates.map((d) => d.key));
  const seen = new Set<string>();
  const kept = duplicates.filter((d) => {
    if (going.has(d.survivor) || seen.has(d.key)) return false;
    seen.add(d.key);
    return true;
  });
  return { kept, dropped: duplicates.length - kept.length };
}
