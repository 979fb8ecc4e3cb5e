/**
 * The page's own script: draws each chart again with tooltips and selections when it comes near
 * the screen, and lets the sliders of an objective recompute its attainment. Without it, or where
 * it fails, the pictures drawn beforehand stay.
 */
export const pageScript = `
(() => {
  'use strict';
  const small = matchMedia('(max-width: 640px)');
  const views = new WeakMap();
  const milliseconds = (ms) =>
    ms >= 10000 ? (ms / 1000).toLocaleString('en') + ' s' : ms.toLocaleString('en') + ' ms';

  const rowsOf = (figure, { types, csv }) => {
    const href = figure.querySelector('a.data').getAttribute('href');
    const text = csv === undefined ? decodeURIComponent(href.slice(href.indexOf(',') + 1)) : csv;
    return vega.read(text, { type: 'csv', parse: types });
  };

  const draw = async (figure) => {
    const source = figure.querySelector('script.specs');
    const plot = figure.querySelector('.plot');
    const specs = JSON.parse(source.textContent);
    const { spec, size } = small.matches ? specs.narrow : specs.wide;
    const rows = rowsOf(figure, specs);
    const host = document.createElement('div');
    host.className = 'live';
    const result = await vegaEmbed(host, { ...spec, datasets: { rows } }, {
      mode: 'vega-lite',
      renderer: 'svg',
      actions: false,
      defaultStyle: false,
      ast: false,
      logLevel: vega.Error,
      tooltip: { theme: matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light' },
      patch: (compiled) => ({ ...compiled, ...size }),
    });
    const before = views.get(figure);
    if (before) before.finalize();
    for (const old of plot.querySelectorAll('.live')) old.remove();
    plot.append(host);
    plot.classList.add('drawn');
    views.set(figure, result);
    const form = figure.querySelector('form.slo');
    if (form) objectives(form, rows, result.view);
  };

  const objectives = (form, rows, view) => {
    form.hidden = false;
    const inputs = [...form.querySelectorAll('input')];
    const table = form.parentElement.querySelector('table');
    const update = () => {
      const chosen = {};
      for (const input of inputs) {
        const stop = Number(input.dataset.stops.split(' ')[Number(input.value)]);
        const text = milliseconds(stop);
        chosen[input.name] = stop;
        input.setAttribute('aria-valuetext', text);
        input.parentElement.querySelector('output').textContent = text;
        view.signal(input.name, stop);
      }
      view.runAsync();
      for (const row of table.tBodies[0].rows) {
        let met = 0;
        for (const cell of rows) {
          if (cell.run === row.dataset.run && cell.ttft_slo_ms <= chosen.ttftSlo && cell.tpot_slo_ms <= chosen.tpotSlo) met += cell.requests;
        }
        row.cells[1].textContent = (100 * met / Number(row.dataset.requests)).toFixed(1) + ' %';
        row.cells[2].textContent = (met / Number(row.dataset.span)).toFixed(2);
      }
      table.caption.textContent = 'Attainment and goodput at TTFT at most ' + milliseconds(chosen.ttftSlo) + ' and TPOT at most ' + milliseconds(chosen.tpotSlo);
    };
    form.oninput = update;
    form.onsubmit = (event) => event.preventDefault();
    update();
  };

  const attempt = (figure) => draw(figure).catch((error) => console.error(figure.id, error));
  const figures = [...document.querySelectorAll('figure.chart')].filter((f) => f.querySelector('script.specs'));
  const seen = new Set();
  const watcher = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      if (!isIntersecting || seen.has(target)) continue;
      seen.add(target);
      watcher.unobserve(target);
      attempt(target);
    }
  }, { rootMargin: '300px' });
  for (const figure of figures) watcher.observe(figure);
  small.addEventListener('change', () => { for (const figure of seen) attempt(figure); });

  // A link to something folded away unfolds it.
  const unfold = () => {
    const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (target && target.tagName === 'DETAILS') {
      target.open = true;
      target.scrollIntoView({ block: 'nearest' });
    }
  };
  addEventListener('hashchange', unfold);
  document.addEventListener('click', (event) => {
    const link = event.target.closest && event.target.closest('a[href^="#"]');
    if (link && link.getAttribute('href') === location.hash) unfold();
  });
  unfold();
})();
`;
