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
  let text: string;
  try {
    text = configSource(path);
  } catch (e) {
    const why = (e as NodeJS.ErrnoException).code;
    const said =
      why === 'ENOENT'
        ? 'there is no such file'
        : why === 'EISDIR'
          ? 'that is a directory'
          : why === 'EACCES'
            ? 'no permission to read it'
            : why === 'EFBIG'
              ? 'that is no config file, it is larger than 1 MiB'
              : String(why);
    throw new InputError('config-unreadable', `--config ${path}: ${said}`);
  }
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
