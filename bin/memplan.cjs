#!/usr/bin/env node
// Loads a bundle of dist/ with V8's code cache, where the build left one for this very Node: a start then compiles next to
// nothing. Without one (another Node version, another processor) the bundle is simply required; see docs/decisions.md.
'use strict';
const { readFileSync } = require('node:fs');

const dist = `${__dirname}/../dist`;
/** Where the build leaves the cache, and the very text it belongs to: V8 refuses another version's, and would be asked in vain. */
const cacheDir = `${dist}/cache/${process.version}-${process.arch}`;
const loaded = new Map();

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
    // ASCII by construction (esbuild escapes the rest), so latin1 is the same text without the decoding.
    source = readFileSync(`${cacheDir}/${name}.js`, 'latin1');
    cachedData = readFileSync(`${cacheDir}/${name}.bin`);
  } catch {
    if (seen === undefined) {
      module.exports = require(file);
      return module.exports;
    }
    source = `(function(exports,require,module,__filename,__dirname){${readFileSync(file, 'latin1')}\n})`;
  }
  const { Script } = require('node:vm');
  const script = new Script(source, { filename: file, cachedData });
  seen?.(name, script, source);
  const sibling = (id) => (id.startsWith('./') ? start(id.slice(2, -4), seen) : require(id));
  script.runInThisContext().call(module.exports, module.exports, sibling, module, file, dist);
  return module.exports;
}

module.exports = { start, cacheDir };
if (require.main === module) start('memplan');
