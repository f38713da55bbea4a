/** The extension behind vec0 tables: an optional dependency, needed only to change such a table. */
import { StoreError } from '../../store/index.ts';
import { all, type Db } from './driver.ts';

/** @throws StoreError when sqlite-vec is not installed, or its native part does not load */
export async function loadSqliteVec(db: Db): Promise<void> {
  if (all(db, "SELECT name FROM pragma_module_list WHERE name = 'vec0'").length > 0) return;
  let path: string;
  try {
    path = (await import('sqlite-vec')).getLoadablePath();
  } catch (e) {
    const reason = e instanceof Error ? (e.message.split('\n')[0] as string) : String(e);
    throw new StoreError(
      'extension-missing',
      `sqlite: the extension sqlite-vec is not installed, and vec0 tables can only be changed with it (${reason})`,
      'npm install sqlite-vec',
    );
  }
  try {
    db.loadExtension(path);
  } catch (e) {
    throw new StoreError(
      'extension-missing',
      `sqlite: the extension sqlite-vec cannot be loaded (${e instanceof Error ? e.message : String(e)})`,
      'npm rebuild sqlite-vec, or install it for this platform',
    );
  }
}
