interface Kept<K, T> {
  get(key: K): T | undefined;
  set(key: K, made: T): unknown;
}

/**
 * `make`, once for each key: its result is shared by all who ask.
 * @param kept where results lie: a Map for a few words, a WeakMap for keys that come and go with a plan
 */
export function oncePer<K, T extends object>(make: (key: K) => T, kept: Kept<K, T> = new Map()): (key: K) => T {
  return (key) => {
    let made = kept.get(key);
    if (made === undefined) {
      made = make(key);
      kept.set(key, made);
    }
    return made;
  };
}
