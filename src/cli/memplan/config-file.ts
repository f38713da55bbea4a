/** memplan.yaml from disk. The only place that needs a YAML parser, loaded only where there is such a file. */
import type { Document } from 'yaml';
import { InputError } from '../../quantity/index.ts';
import { type Config, readConfig } from '../../workload/index.ts';
import { configDocument } from './config-document.ts';
import { configSource } from './config-source.ts';

export { budgetsInFile } from './budgets-file.ts';

/**
 * @param path as the user gave it, or the default name
 * @throws InputError when it cannot be read, is not YAML, or holds an unknown key
 */
export function readConfigFile(path: string): Config {
  const text = configSource(path);
  const { document } = configDocument(text);
  const [first] = document.errors;
  if (first !== undefined) {
    throw new InputError('config-syntax', `${path}: ${syntaxText(first.message)}`);
  }
  return readConfig(plainValue(document, path), path);
}

/** The parser's sentence, but where it speaks of its own inside. */
function syntaxText(message: string): string {
  if (message.includes('Maximum call stack')) return 'lists or mappings are nested too deeply to be read';
  if (message.includes('multiple documents')) return 'this holds several YAML documents (---), and one is read';
  return (message.split('\n')[0] ?? message).replace(/:$/, '');
}

/** A document of aliases that refer to aliases grows without bound; the parser stops it, and so do we, in a sentence. */
function plainValue(document: Document, path: string): unknown {
  try {
    return document.toJS();
  } catch (e) {
    throw new InputError('config-syntax', `${path}: ${e instanceof Error ? e.message : String(e)}`);
  }
}
