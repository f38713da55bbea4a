#!/usr/bin/env node
// Loads a bundle of dist/ with V8's code cache, where the build left one for this very Node: a start then compiles next to
// nothing. Without one (another Node version, another processor) the bundle is simply required; see docs/decisions.md.
'use strict';

const dist = `${__dirname}/../dist`;
/** Where the build leaves the cache, and the very text it belongs to: V8 refuses another version's, and would be asked in vain. */
const cacheDir = `${dist}/cache/${process.version}-${process.arch}`;
const loaded = new Map();
/** Node's own modules: Node looks through all of a module's exports each time it is required. */
const builtIn = new Map();

/** @param {string} id */
function outside(id) {
  if (!id.startsWith('node:')) return require(id);
  if (!builtIn.has(id)) builtIn.set(id, require(id));
  return builtIn.get(id);
}
const { readFileSync, openSync, readvSync, closeSync } = outside('node:fs');

/** More than any code cache takes; what is not written to costs no memory. */
const ROOM = 2 ** 20;

/**
 * The bytes of a file. Node compiles its readFileSync anew on every start, and what that needs for bytes beyond what it needs for
 * text is a fiftieth of a start; reading into one buffer is a quarter of it.
 * @param {string} path
 */
function bytesOf(path) {
  const file = openSync(path);
  const room = new Uint8Array(ROOM);
  const taken = readvSync(file, [room]);
  closeSync(file);
  return taken < ROOM ? room.subarray(0, taken) : readFileSync(path);
}

/** The text that is compiled of a bundle: what Node makes of a CommonJS file. @param {string} file */
const wrapped = (file) => `(function(exports,require,module,__filename,__dirname){${readFileSync(file, 'utf8')}\n})`;

/**
 * @param {string} name bundle in dist/, without its ending
 * @param {(name: string, script: import('node:vm').Script, source: string) => void} [seen] told of every bundle that is compiled
 */
function start(name, seen) {
  const known = loaded.get(name);
  if (known !== undefined) return known.exports;
  const file = `${dist}/${name}.cjs`;
  const module = { exports: {} };
  loaded.set(name, module);
  let source;
  let cachedData;
  try {
    // ASCII by construction (esbuild escapes the rest); Node reads UTF-8 in one call, other encodings in several.
    source = readFileSync(`${cacheDir}/${name}.js`, 'utf8');
    cachedData = bytesOf(`${cacheDir}/${name}.bin`);
  } catch {
    if (seen === undefined) {
      module.exports = require(file);
      return module.exports;
    }
    source = wrapped(file);
  }
  const { Script } = outside('node:vm');
  const script = new Script(source, { filename: file, cachedData });
  seen?.(name, script, source);
  const sibling = (id) => (id.startsWith('./') ? start(id.slice(2, -4), seen) : outside(id));
  script.runInThisContext().call(module.exports, module.exports, sibling, module, file, dist);
  return module.exports;
}

module.exports = { start, cacheDir, wrapped };
if (require.main === module) start('memplan');
