/** Tables and indexes by the shortest name that still tells them apart: the schema that nearly everything is in says nothing. */

const USUAL_SCHEMA = 'public.';

/** @param all every name of the report: a table that two schemas have keeps its schema in both */
export function shortNames(all: readonly string[]): (name: string) => string {
  const bare = (name: string): string => name.slice(name.indexOf('.') + 1);
  const holders = new Map<string, Set<string>>();
  for (const name of all) holders.set(bare(name), (holders.get(bare(name)) ?? new Set()).add(name));
  return (name) => (name.startsWith(USUAL_SCHEMA) && (holders.get(bare(name))?.size ?? 0) <= 1 ? bare(name) : name);
}
