/**
 * A value that is worked out when it is first asked for, and then kept. A report holds more than most verbs and formats show
 * of it: what nobody reads is not computed.
 */
export function whenAsked<T>(compute: () => T): () => T {
  let known: { readonly value: T } | undefined;
  return () => {
    known ??= { value: compute() };
    return known.value;
  };
}
