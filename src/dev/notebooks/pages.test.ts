import { describe, expect, it } from 'vitest';
import { pageOf, withList } from './pages.ts';

const html = `<!doctype html>
<notebook>
  <title>Some title</title>
  <script id="1" type="text/markdown">
    # Some title

    First paragraph,
    in two lines.

    Second paragraph.
  </script>
</notebook>`;

describe('list of notebooks', () => {
  it('takes title and first paragraph of a notebook', () => {
    expect(pageOf('some.html', html)).toEqual({
      file: 'some.html',
      title: 'Some title',
      about: 'First paragraph, in two lines.',
    });
  });

  it('names a notebook without a title by its file', () => {
    expect(pageOf('bare.html', '<notebook></notebook>')).toEqual({
      file: 'bare.html',
      title: 'bare',
      about: '',
    });
  });

  it('stands where the index wants it', () => {
    const list = withList('# Index\n\n<!-- list of notebooks -->', [pageOf('some.html', html)]);
    expect(list).toBe(
      '# Index\n\n- **[Some title](some.html)**  \n  First paragraph, in two lines.',
    );
  });
});
