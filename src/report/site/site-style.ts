/** What the pages of a site have beside those of a single page. */
export const siteStyle = `
.site header{border-bottom:1px solid var(--rule);max-width:1100px;margin:0 auto;padding:.8rem 1rem .7rem}
nav.site ul{list-style:none;margin:0;padding:0}
nav.site>ul{display:flex;flex-wrap:wrap;gap:.2rem 1.3rem;align-items:baseline}
nav.site a{text-decoration:none;color:var(--ink)}
nav.site a:hover{text-decoration:underline}
nav.site [aria-current=page],nav.site .here{font-weight:600;color:var(--ink)}
nav.site details{font-size:1rem}
nav.site li:has(details[open]){flex-basis:100%;order:1}
nav.site details ul{padding:.3rem 0 .3rem 1.1rem;columns:18rem;column-gap:2rem}
nav.site details li{margin:.2rem 0;break-inside:avoid}
nav.site summary{color:var(--ink)}
.site h1{font-size:1.9rem;line-height:1.2;font-weight:700;color:var(--ink);margin:.2rem 0 1rem;text-wrap:balance}
.above{color:var(--muted);margin:0;font-size:.95rem}
.site .opening .question{margin-top:.4rem}
.study{margin:2.4rem 0 0;max-width:none}
.study>.note,.study>.sub{max-width:74ch}
.study h3{font-size:1.15rem}
.study .answer{font-size:1.08rem;line-height:1.4;margin:.2rem 0 .6rem;max-width:72ch}
.study .question{font-size:1rem;margin:.1rem 0 0;max-width:72ch}
.v{white-space:nowrap}
.v::before{content:"";display:inline-block;width:.62em;height:.62em;margin-right:.42em;border:1.5px solid currentColor;border-radius:50%;vertical-align:baseline}
.v-reproduced::before{background:#009E73;border-color:#009E73}
.v-close::before{border-color:#0072B2;background:linear-gradient(90deg,#0072B2 50%,transparent 50%)}
.v-off::before{border-color:#D55E00;border-radius:0;background:#D55E00}
.v-not-comparable::before{border-color:#8d929a;border-radius:0}
.v-not-run::before{border-color:#8d929a;border-style:dashed}
@media screen and (prefers-color-scheme:dark){.v-close::before{border-color:#3f9fdd;background:linear-gradient(90deg,#3f9fdd 50%,transparent 50%)}}
td.wrap,.claims td{white-space:normal}
.claims td.n{white-space:nowrap}
.claims tbody th{min-width:15rem;white-space:normal}
.claims .note{font-size:.92em}
.claims td:last-child{min-width:11rem}
.claims .says{display:block;color:var(--ink)}
.claims .id{display:block;color:var(--muted);font-size:.92em}
tr:target{background:var(--shade)}
th button{all:unset;cursor:pointer;color:inherit;font:inherit}
th button:focus-visible{outline:2px solid var(--link);outline-offset:2px}
th button:hover{text-decoration:underline}
th[aria-sort=ascending] button::after{content:" \\2191"}
th[aria-sort=descending] button::after{content:" \\2193"}
.neighbours{display:flex;flex-wrap:wrap;gap:.4rem 2rem;justify-content:space-between;margin-top:3rem;border-top:1px solid var(--rule);padding-top:.8rem;max-width:none}
.tablelinks{font-size:.82rem;color:var(--muted);margin:-.6rem 0 1rem;max-width:none}
.tablelinks details{font-size:1em;margin-top:.2rem}
.warn{border-left:3px solid #D55E00;padding-left:.8rem}
.echo{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
.notes{white-space:pre-line}
@media (min-width:1440px){.site header{margin-left:max(17rem,calc((100vw - 1100px)/2))}.site nav.toc{top:4.6rem}}
@media print{.site header,.neighbours{display:none!important}
.claims tbody th,.claims td:last-child{min-width:0}}
`;
