/** memplan.yaml from disk. The only place that needs a YAML parser, loaded only where there is such a file. */
import { parseDocument } from 'yaml';
import { InputError } from '../../quantity/index.ts';
import { type Config, readConfig } from '../../workload/index.ts';
import { textOfFile } from '../text-of-file.ts';

/** Larger than any config: what is named by mistake is not read into memory. */
export const MAX_CONFIG_BYTES: number = 1 << 20;

/**
 * @param path as the user gave it, or the default name
 * @throws InputError when it cannot be read, is not YAML, or holds an unknown key
 */
export function readConfigFile(path: string): Config {
  let text: string;
  try {
    text = textOfFile(path, MAX_CONFIG_BYTES);
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
  const document = parseDocument(text, { uniqueKeys: true });
  const [first] = document.errors;
  if (first !== undefined) {
    throw new InputError('config-syntax', `${path}: ${first.message.split('\n')[0]?.replace(/:$/, '')}`);
  }
  return readConfig(plainValue(document, path), path);
}

/** A document of aliases that refer to aliases grows without bound; the parser stops it, and so do we, in a sentence. */
function plainValue(document: ReturnType<typeof parseDocument>, path: string): unknown {
  try {
    return document.toJS();
  } catch (e) {
    throw new InputError('config-syntax', `${path}: ${e instanceof Error ? e.message : String(e)}`);
  }
}
