/**
 * What a store, as opened by this role, can do. Derived once when it is opened, by a pure function of the adapter
 * from version, extensions and grants; nothing else ever looks at a version.
 */
export const CAPABILITIES: Readonly<Record<Capability, string>> = {
  'bytes-per-structure': 'the engine tells the bytes of each table and index',
  'unused-bytes': 'the engine tells the unused bytes inside the pages of each structure',
  'consistent-snapshot': 'all sections are read from one state of the store',
  'vector-scan': 'vectors can be read row by row',
  'vector-search': 'the engine itself can search by vector',
  write: 'the store was opened for writing',
};

export type Capability =
  | 'bytes-per-structure'
  | 'unused-bytes'
  | 'consistent-snapshot'
  | 'vector-scan'
  | 'vector-search'
  | 'write';
