/** `memplan explain FIGURE`: one figure of the report, down to its leaves; or other people's rules and claims beside ours. */
import { InputError } from '../../quantity/index.ts';
import type { Action, Outcome } from '../command.ts';

export const action: Action = {
  async execute(args, options, runtime): Promise<Outcome> {
    const [id] = args;
    if (options['verdict'] !== undefined && options['article'] !== true) {
      throw new InputError(
        'contradiction',
        '--verdict chooses among the claims of the article; give --article with it',
      );
    }
    if (options['article'] === true) {
      if (options['compare'] === true)
        throw new InputError('contradiction', '--article contradicts --compare; give one of them');
      const { articleOutcome } = await import('./explain-article.ts');
      return articleOutcome(id, options, runtime);
    }
    if (options['compare'] === true) {
      const { compareOutcome } = await import('./explain-compare.ts');
      return compareOutcome(id, options, runtime);
    }
    const { figureOutcome } = await import('./explain-figure.ts');
    return figureOutcome(id, options, runtime);
  },
};
