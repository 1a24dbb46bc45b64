/**
 * The page's style sheet. Colours are variables with a light and a dark value; print takes the
 * light ones. Colours of classes are Okabe and Ito's, which stay apart with the common
 * colour-vision deficiencies (https://jfly.uni-koeln.de/color/); dark mode takes their light ones.
 */
const light = `
  --page: #ffffff; --surface: #f5f7f9; --text: #1b1f24; --muted: #59636e; --line: #dde2e7;
  --line-strong: #8c959f; --accent: #0b5cad; --series: #00785a; --warn: #8a4b00; --warn-ground: #fff4e0;
  --mask: #d5dae0; --mask-line: #939da8; --bar: #9db4c8;
  --class-0: #0072b2; --class-1: #d55e00; --class-2: #009e73; --class-3: #b0578d; --class-4: #8c6d00; --class-5: #3a8fc4;`;
const dark = `
  --page: #12161b; --surface: #1b2128; --text: #e6e9ed; --muted: #9ea8b3; --line: #2d353e;
  --line-strong: #6d7883; --accent: #7cb7f2; --series: #3fc79e; --warn: #f2b55f; --warn-ground: #2c2414;
  --mask: #46505b; --mask-line: #7c8894; --bar: #4d6b86;
  --class-0: #56b4e9; --class-1: #ee8a3c; --class-2: #35c49a; --class-3: #dd9bc0; --class-4: #e0c341; --class-5: #9bcbea;`;

export const styleSheet = `
:root { color-scheme: light dark; ${light} }
@media (prefers-color-scheme: dark) { :root { ${dark} } }
@media print { :root { color-scheme: light; ${light} } }
*, *::before, *::after { box-sizing: border-box; }
html { scroll-padding-top: 3.2rem; }
body { margin: 0; background: var(--page); color: var(--text);
  font: 15px/1.55 system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif;
  font-variant-numeric: tabular-nums; overflow-wrap: break-word; }
.top, nav ul, main { max-width: 1232px; margin: 0 auto; padding: 0 24px; }
.skip { position: absolute; left: -999px; }
.skip:focus { left: 8px; top: 8px; background: var(--page); padding: 4px 8px; z-index: 2; }
a { color: var(--accent); }
a:focus-visible, summary:focus-visible, pre:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
.eyebrow { margin: 28px 0 0; color: var(--muted); font-size: 13px; letter-spacing: .04em; }
h1 { font-size: 30px; line-height: 1.2; margin: 4px 0 8px; font-weight: 650; letter-spacing: -.01em; max-width: 30em; }
.meta { display: flex; flex-wrap: wrap; gap: 4px 20px; margin: 0 0 18px; color: var(--muted); font-size: 14px; }
.meta b { color: var(--text); font-weight: 600; }
nav { position: sticky; top: 0; z-index: 1; background: var(--page); border-block: 1px solid var(--line); }
nav ul { display: flex; flex-wrap: wrap; gap: 0 20px; list-style: none; font-size: 13.5px; padding-block: 7px; }
nav a { color: var(--muted); text-decoration: none; }
nav a:hover { color: var(--text); text-decoration: underline; }
section { padding: 34px 0 10px; border-bottom: 1px solid var(--line); }
section:last-child { border-bottom: 0; padding-bottom: 60px; }
h2 { font-size: 21px; margin: 0 0 12px; font-weight: 650; letter-spacing: -.005em; }
h3 { font-size: 15.5px; margin: 22px 0 8px; font-weight: 650; }
p { margin: 0 0 12px; }
.prose { max-width: 46em; }
.small { font-size: 13px; color: var(--muted); line-height: 1.45; }
.lead { font-weight: 650; }
code { font: 12.5px/1.5 ui-monospace, 'SF Mono', Menlo, Consolas, 'DejaVu Sans Mono', monospace; overflow-wrap: anywhere; }
.summary { display: grid; grid-template-columns: minmax(0, 1fr) minmax(300px, 400px); gap: 20px 48px; align-items: start; }
.verdict { border: 1px solid var(--line); border-radius: 6px; padding: 18px 20px 10px; background: var(--surface); }
.verdict .small { margin-bottom: 8px; }
.verdict h3 { margin: 0; font-size: 13.5px; font-weight: 500; color: var(--muted); }
.badge { display: inline-block; margin: 0 0 0 4px; padding: 1px 9px; border-radius: 999px; border: 1px solid var(--line-strong); font-size: 12.5px; color: var(--muted); }
.badge.simulated-stand-in { color: var(--warn); border-color: var(--warn); background: var(--warn-ground); }
.answer { font-size: 25px; line-height: 1.25; margin: 10px 0 12px; font-weight: 650; }
.answer .chip::before { width: .62em; height: .62em; }
.scores { list-style: none; margin: 0 0 12px; padding: 0; display: grid; grid-template-columns: auto 1fr auto; gap: 6px 12px; align-items: center; }
.scores li { display: contents; }
.scores .track { height: 9px; background: var(--line); border-radius: 2px; overflow: hidden; }
.scores .fill { display: block; height: 100%; background: var(--class); }
.scores .value { text-align: right; font-weight: 600; }
.class-0 { --class: var(--class-0); } .class-1 { --class: var(--class-1); } .class-2 { --class: var(--class-2); }
.class-3 { --class: var(--class-3); } .class-4 { --class: var(--class-4); } .class-5 { --class: var(--class-5); }
.chip { white-space: nowrap; font-weight: 650; }
.chip::before { content: ''; display: inline-block; width: .68em; height: .68em; margin-right: .45em; border-radius: 2px; background: var(--class); }
.numbers { display: flex; flex-wrap: wrap; gap: 14px 52px; margin: 18px 0 20px; }
.numbers div { display: flex; flex-direction: column-reverse; }
.numbers dt { color: var(--muted); font-size: 13px; }
.numbers dd { margin: 0; font-size: 23px; font-weight: 620; line-height: 1.25; }
.note { border-left: 3px solid var(--line-strong); padding: 2px 0 2px 16px; margin: 0 0 18px; max-width: 60em; }
.note h3 { margin: 0 0 4px; }
.note ul { margin: 0; padding-left: 18px; }
.warning { color: var(--warn); background: var(--warn-ground); border-left: 3px solid var(--warn); padding: 6px 12px; max-width: 60em; }
.pair { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 22px 24px; align-items: start; margin: 16px 0 18px; }
figure { margin: 0; min-width: 0; scroll-margin-top: 3.4rem; }
.picture svg { display: block; max-width: 100%; height: auto; overflow: visible; }
.picture text { font-family: inherit; }
.pixels { image-rendering: pixelated; }
figcaption { font-size: 13.5px; line-height: 1.45; color: var(--muted); margin-top: 4px; max-width: 44em; }
figcaption b, figcaption .chip { color: var(--text); }
.enlarge, .reduce { font-size: 12.5px; white-space: nowrap; }
.reduce { display: none; }
figure:target { grid-column: 1 / -1; }
figure:target .picture svg { width: 100%; }
figure:target .enlarge { display: none; }
figure:target .reduce { display: inline; }
table { border-collapse: collapse; font-size: 14px; }
.scroll { overflow-x: auto; margin: 6px 0 16px; }
caption { text-align: left; color: var(--muted); font-size: 13px; padding-bottom: 6px; }
.data th, .data td { padding: 4px 18px 4px 0; border-bottom: 1px solid var(--line); vertical-align: baseline; }
.data thead th { color: var(--muted); font-weight: 600; font-size: 13px; border-bottom-color: var(--line-strong); }
.data td .chip { font-weight: 500; }
.txt { text-align: left; } .num { text-align: right; white-space: nowrap; }
.facts { margin: 6px 0 14px; }
.facts th, .facts td { text-align: left; vertical-align: baseline; padding: 3px 0; border-bottom: 1px solid var(--line); }
.facts th { color: var(--muted); font-weight: 500; padding-right: 24px; white-space: nowrap; }
.facts-block h3:first-child, .part h3 { margin-top: 4px; }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 380px), 1fr)); gap: 8px 48px; }
.model h3 { margin-top: 8px; font-size: 17px; }
.columns { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 300px), 1fr)); gap: 8px 48px; align-items: start; }
.legend { display: flex; flex-wrap: wrap; gap: 4px 24px; font-size: 13.5px; color: var(--muted); margin: 0; }
.key::before { content: ''; display: inline-block; width: 26px; margin-right: 8px; vertical-align: middle; border-top: 2px solid var(--series); }
.key.train::before { border-top: 2px dashed var(--muted); }
.confusion th, .confusion td { padding: 10px 16px; text-align: left; }
.confusion tbody td { min-width: 116px; border: 2px solid var(--page); background: color-mix(in srgb, var(--accent) calc(var(--rate) * 45%), var(--surface)); }
.confusion tbody td b { display: block; font-size: 19px; line-height: 1.2; }
.confusion tbody td span { font-size: 13px; }
.confusion tbody th { padding-left: 0; }
.confusion th .small { display: block; font-weight: 400; }
.bar { display: inline-block; height: 9px; background: var(--bar); border-radius: 1px; }
.command { background: var(--surface); border: 1px solid var(--line); border-radius: 5px; padding: 12px 14px; margin: 0 0 10px; overflow-x: auto; white-space: pre-wrap; }
.command code { font-size: 13.5px; }
details { margin: 12px 0; }
summary { cursor: pointer; color: var(--accent); }
@media (max-width: 1000px) {
  .pair, .summary { grid-template-columns: minmax(0, 1fr); }
  .summary { gap: 12px; }
  .top, nav ul, main { padding-inline: 18px; }
  h1 { font-size: 25px; }
}
@media (max-width: 480px) { .facts th { white-space: normal; padding-right: 12px; } }
@media print {
  body { font-size: 10.5pt; }
  nav, .skip, .enlarge, .reduce { display: none !important; }
  .top, main { max-width: none; padding: 0; }
  section { padding-top: 16px; }
  h2, h3, caption { break-after: avoid; }
  figure, .verdict, tr, .note, .confusion { break-inside: avoid; }
  .pair { grid-template-columns: minmax(0, 1fr); gap: 12px; }
  .pair.plots { grid-template-columns: repeat(2, minmax(0, 1fr)); }
  details::details-content { content-visibility: visible; display: block; height: auto; }
  * { -webkit-print-color-adjust: exact; print-color-adjust: exact; }
}
`;
