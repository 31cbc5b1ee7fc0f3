--- How a report looks: on a phone, on a desk, in the dark, on paper.
-- @module crier.report.style
local style = {}

--- CSS without `<` and `&`.
style.css = [[
:root {
  --back: #ffffff; --face: #f5f5f7; --line: #d2d2d7; --text: #1d1d1f;
  --soft: #55555a; --mark: #4f52b2; --bad: #a4262c; --fine: #0b6a0b;
}
@media (prefers-color-scheme: dark) {
  :root {
    --back: #1c1c1e; --face: #2a2a2d; --line: #48484c; --text: #f2f2f4;
    --soft: #b4b4ba; --mark: #a9acff; --bad: #ff9a9a; --fine: #7fd88a;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; max-width: 60rem; padding: 1.5rem 1rem 3rem;
  background: var(--back); color: var(--text);
  font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
  overflow-wrap: break-word;
}
h1 { font-size: 1.75rem; line-height: 1.2; margin: 0; }
h2 { font-size: 1.25rem; margin: 2.5rem 0 .5rem; }
h3 { font-size: 1rem; margin: 1.5rem 0 .25rem; }
p { margin: .5rem 0; }
a { color: var(--mark); }
.note, small, figcaption, caption { color: var(--soft); }
.note, small { font-size: .875rem; }
.state {
  display: inline-block; border: 1px solid currentColor; border-radius: 1rem;
  padding: 0 .75rem; font-weight: 600;
}
.bad { color: var(--bad); }
.fine { color: var(--fine); }
.equation {
  background: var(--face); border-radius: .75rem; padding: 1rem;
  display: flex; flex-wrap: wrap; gap: .25rem .75rem; align-items: baseline;
  margin: 1rem 0; font-variant-numeric: tabular-nums;
}
.equation span { white-space: nowrap; }
.equation b { font-size: 1.25rem; }
.equation i { color: var(--soft); font-size: 1.125rem; font-style: normal; }
table { border-collapse: collapse; width: 100%; margin: .5rem 0; }
caption { text-align: left; font-size: .875rem; padding: .25rem 0; }
th, td {
  text-align: left; vertical-align: top; padding: .4rem .75rem .4rem 0;
  border-bottom: 1px solid var(--line);
}
thead th { font-size: .875rem; color: var(--soft); font-weight: 600; }
tbody th { font-weight: 600; }
tbody th small {
  display: block; font-weight: 400; max-width: 38rem; overflow-wrap: anywhere;
}
td.number, th.number {
  text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap;
  width: 1%; padding-left: .75rem;
}
.wide { overflow-x: auto; }
.share {
  display: inline-block; vertical-align: middle; width: 8rem; height: .6rem;
  border: 1px solid var(--soft); border-radius: .3rem; overflow: hidden;
  margin-left: .6rem;
}
.share i { display: block; height: 100%; background: var(--mark); }
.plot { margin: 1rem 0; }
.frame {
  display: grid; grid-template-columns: auto 1fr; gap: .25rem .5rem;
  font-size: .875rem; color: var(--soft); font-variant-numeric: tabular-nums;
  margin-top: .75rem;
}
.frame svg {
  width: 100%; height: 12rem; display: block; overflow: visible;
}
.ys {
  display: flex; flex-direction: column; justify-content: space-between;
  text-align: right; line-height: 1; margin: -.4em 0;
}
.xs {
  grid-column: 2; display: flex; justify-content: space-between;
}
.bar { fill: var(--mark); }
.grid { stroke: var(--line); stroke-width: 1; vector-effect: non-scaling-stroke; }
details { margin: .5rem 0; }
summary { cursor: pointer; color: var(--mark); padding: .25rem 0; }
pre, code, dd { overflow-wrap: anywhere; }
pre, code { font: .8125rem/1.45 ui-monospace, Consolas, Menlo, monospace; }
pre {
  background: var(--face); border-radius: .5rem; padding: .75rem;
  white-space: pre-wrap; margin: .5rem 0;
}
dl.pairs { display: grid; grid-template-columns: 9rem 1fr; gap: .25rem .75rem; }
dl.pairs dt { color: var(--soft); }
dl dd { margin: 0; }
ol.events { padding: 0; list-style: none; }
ol.events li { border-left: 3px solid var(--line); padding: 0 0 .75rem .9rem; }
.card {
  border: 1px solid var(--line); border-radius: .5rem; padding: .75rem 1rem;
  max-width: 32rem; background: var(--face); margin: .5rem 0;
}
.card p { margin: .4rem 0; }
.card .size-small { font-size: .8125rem; }
.card .size-medium { font-size: 1.125rem; }
.card .size-large { font-size: 1.3125rem; line-height: 1.3; }
.card .size-extralarge { font-size: 1.625rem; line-height: 1.3; }
.card .weight-bolder { font-weight: 700; }
.card .weight-lighter { font-weight: 300; }
.card .color-good { color: var(--fine); }
.card .color-attention, .card .color-warning { color: var(--bad); }
.card .color-accent { color: var(--mark); }
.card .subtle { color: var(--soft); }
.card .separated { border-top: 1px solid var(--line); padding-top: .5rem; }
.card .horizontalalignment-center { text-align: center; }
.card .horizontalalignment-right { text-align: right; }
.card .container { margin: .4rem 0; }
.card .style-emphasis, .card .style-accent, .card .style-attention,
.card .style-good, .card .style-warning {
  border-left: 3px solid var(--mark); padding-left: .6rem;
}
.columns { display: flex; flex-wrap: wrap; gap: .75rem; }
.column { flex: 1 1 8rem; }
.column.narrow { flex: 0 1 auto; }
.facts div { display: flex; gap: .75rem; }
.facts dt { font-weight: 600; flex: 0 0 8rem; }
.picture { max-width: 100%; }
p.picture, .unknown {
  border: 1px dashed var(--soft); padding: .4rem .6rem; color: var(--soft);
}
.actions { display: flex; flex-wrap: wrap; gap: .5rem; padding: 0; list-style: none; }
.button {
  display: inline-block; border: 1px solid var(--mark); border-radius: .3rem;
  padding: .2rem .75rem; color: var(--mark);
}
.button a { text-decoration: none; }
footer { margin-top: 3rem; border-top: 1px solid var(--line); }
@media (max-width: 34rem) {
  .share { display: none; }
  dl.pairs { grid-template-columns: 1fr; gap: 0; }
  dl.pairs dd { margin-bottom: .5rem; }
  .frame svg { height: 9rem; }
  .equation { flex-direction: column; }
  .equation i { display: inline-block; width: 1rem; }
  .equation b { display: inline-block; min-width: 5rem; text-align: right; }
  th, td { padding-right: .4rem; }
  td.number, th.number { padding-left: .4rem; }
}
@media print {
  :root {
    --back: #ffffff; --face: #ffffff; --line: #999999; --text: #000000;
    --soft: #333333; --mark: #333399; --bad: #8b0000; --fine: #004d00;
  }
  body { max-width: none; padding: 0; font-size: 10pt; }
  details { display: none; }
  h2, h3 { break-after: avoid; }
  tr, figure, .card, .events li { break-inside: avoid; }
  .equation, .card { border: 1px solid var(--line); }
  .share i, .bar { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
]]

return style
