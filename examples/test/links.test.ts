import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { pages, read } from './code-blocks.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

it.each([...pages(), 'CONTRIBUTING.md', 'SECURITY.md'])('every relative link of %s has a target', page => {
  const links = [...read(page).matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, target]) => target ?? []);
  const broken = links.filter(target => !/^(?:https?:|mailto:|#)/.test(target) && !hasTarget(page, target));
  expect(broken).toEqual([]);
});

function hasTarget(page: string, target: string): boolean {
  const [file = '', anchor] = target.split('#');
  const path = join(dirname(page), file);
  if (!existsSync(join(root, path))) return false;
  return anchor === undefined || !path.endsWith('.md') || anchors(path).includes(anchor);
}

/** Returns the anchors that GitHub gives to the headings of a page. */
function anchors(page: string): string[] {
  return [...read(page).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}
