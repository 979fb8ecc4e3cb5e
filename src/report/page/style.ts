import { font, themeRules } from '../theme.ts';

/** The page's style sheet. Text in the system's face, charts in Inter. */
export const pageStyle = `
:root{color-scheme:light dark;--paper:#fefefe;--ink:#1c1d1f;--muted:#5d6168;--rule:#d9dbdf;--link:#0068a3;--shade:#f3f4f6}
@media screen and (prefers-color-scheme:dark){:root{--paper:#17181b;--ink:#ececee;--muted:#a6abb3;--rule:#3a3d43;--link:#5db0e8;--shade:#222428}
${themeRules('.plot svg')}
}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;scroll-padding-top:1rem}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;overflow-wrap:break-word}
a{color:var(--link);text-underline-offset:.15em}
:focus-visible{outline:2px solid var(--link);outline-offset:2px}
main{max-width:1100px;margin:0 auto;padding:1.5rem 1rem 4rem}
main>*,section>*{max-width:70ch}
.wideblock,figure.chart,section>.scroll,main>section{max-width:none}
h1{font-size:1.05rem;font-weight:600;color:var(--muted);margin:0 0 1.25rem}
h2{font-size:1.45rem;line-height:1.25;margin:3.5rem 0 .5rem;padding-top:1rem;border-top:1px solid var(--rule)}
h3{font-size:1.08rem;line-height:1.35;margin:0;max-width:62ch}
.question{font-size:1.2rem;line-height:1.4;margin:0 0 .4rem;color:var(--muted)}
.answer{font-size:1.45rem;line-height:1.35;font-weight:600;margin:0 0 1rem;text-wrap:pretty}
.also{padding-left:1.2rem;margin:.5rem 0 1.25rem}
.also li{margin:.4rem 0}
nav.toc{font-size:.92rem;margin:0 0 1.5rem}
nav.toc ol{list-style:none;margin:0;padding:0;display:flex;flex-wrap:wrap;gap:.15rem 1.1rem}
nav.toc a{text-decoration:none}
nav.toc a:hover{text-decoration:underline}
figure.chart{margin:2.2rem 0;break-inside:avoid}
.opening figure.chart{margin-top:1.2rem}
.sub{color:var(--muted);margin:.15rem 0 .6rem;font-size:.95rem;max-width:74ch}
.plot{max-width:900px}
.plot svg{display:block;width:100%;height:auto;overflow:visible;font-family:${font.replaceAll('"', "'")}}
.plot .narrow{display:none}
@media screen and (max-width:640px){.answer{font-size:1.2rem}.question{font-size:1.08rem}tbody th{white-space:normal;min-width:7rem}}
@media screen and (max-width:640px){.plot .wide{display:none}.plot .narrow{display:block}}
.plot .live{display:block}
.plot .live svg{width:100%!important;height:auto!important}
.plot.drawn .wide,.plot.drawn .narrow{display:none}
figcaption{font-size:.82rem;line-height:1.5;color:var(--muted);margin-top:.4rem;max-width:90ch}
details{font-size:.9rem}
summary{cursor:pointer;color:var(--muted)}
pre{background:var(--shade);padding:.7rem .8rem;overflow-x:auto;font:.82rem/1.45 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;max-width:100%}
.scroll{overflow-x:auto;margin:1rem 0;max-width:100%}
table{border-collapse:collapse;font-size:.86rem;font-variant-numeric:tabular-nums}
caption{text-align:left;color:var(--muted);font-size:.88rem;padding-bottom:.35rem;max-width:min(74ch,calc(100vw - 2rem))}
th,td{padding:.28rem .8rem .28rem 0;text-align:left;vertical-align:top;font-weight:400;border-bottom:1px solid var(--rule)}
thead th{color:var(--muted);font-size:.84rem;vertical-align:bottom;border-bottom-color:var(--muted)}
td.n,th.n{text-align:right}
td{white-space:nowrap}
tbody th{white-space:nowrap}
.slo{display:flex;flex-wrap:wrap;gap:.4rem 2rem;margin:.6rem 0;font-size:.92rem}
.slo[hidden]{display:none}
.slo label{display:flex;flex-direction:column;min-width:min(17rem,100%)}
.slo output{font-weight:600;font-variant-numeric:tabular-nums}
.slo input{width:100%;accent-color:var(--link)}
dl.metrics dt{font-weight:600;margin-top:.7rem}
dl.metrics dd{margin:.1rem 0 0;color:var(--ink)}
.note{color:var(--muted);font-size:.92rem}
footer{margin-top:3rem;color:var(--muted);font-size:.88rem}
@media (min-width:1440px){main{margin-left:max(17rem,calc((100vw - 1100px)/2))}nav.toc{position:fixed;left:1.5rem;top:1.5rem;width:14rem}nav.toc ol{display:block}nav.toc li{margin:.3rem 0}}
@media print{
@page{size:A4;margin:15mm 14mm}
html{font-size:9.5pt}
body{font-size:1rem}
main{max-width:none;padding:0}
nav.toc,.slo,.skip,.anchor,.links,details:not([open]){display:none!important}
h2{margin-top:1.4rem;break-after:avoid}
h3,.sub,.question{break-after:avoid;break-inside:avoid}
figure.chart{margin:1rem 0}
.plot{max-width:150mm}
.scroll{overflow:visible;break-inside:avoid}
table{font-size:7.4pt}
th,td{padding:.2rem .55rem .2rem 0}
tbody th,td{white-space:normal}
td.n{white-space:nowrap}
a{color:inherit;text-decoration:none}
pre{white-space:pre-wrap}
}
.wrapped{display:inline-block;white-space:normal;min-width:13rem}
.narrow-text{display:inline-block;white-space:normal;min-width:6.5rem}
.anchor{position:absolute;color:var(--muted);text-decoration:none;font-weight:400;opacity:0;padding-left:.3em}
@media screen and (max-width:640px){.anchor{display:none}}
:is(h2,h3):hover .anchor,.anchor:focus-visible{opacity:1}
.skip{position:absolute;left:-100vw}
.skip:focus{left:1rem;top:.5rem;background:var(--paper);padding:.3rem .6rem}
`;
