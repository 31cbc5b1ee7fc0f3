// Messages over time, as a drawing and as a table.
import { number, when } from "./words.js";

const WIDE = 640, HIGH = 160, LEFT = 48, BELOW = 20;

const nice = (n) => {
  const step = 10 ** Math.floor(Math.log10(Math.max(1, n)));
  return [1, 2, 5, 10].map((m) => m * step).find((m) => m >= n);
};

/** @param {{from: string, width_s: number, counts: number[]}} timeline */
export function Plot({ timeline }) {
  if (!timeline?.counts?.length) return <p class="quiet">Nothing has been sent yet.</p>;
  const { counts, width_s: width } = timeline;
  const rates = counts.map((n) => n / width);
  const top = nice(Math.max(...rates));
  const x = (i) => LEFT + ((WIDE - LEFT) * i) / counts.length;
  const y = (rate) => (HIGH - BELOW) * (1 - rate / top) + 4;
  const at = (i) => new Date(Date.parse(timeline.from) + i * width * 1000).toISOString();
  const line = rates.map((rate, i) => `${i ? "L" : "M"}${x(i)} ${y(rate)}L${x(i + 1)} ${y(rate)}`).join("");
  const total = counts.reduce((a, b) => a + b, 0);
  return (
    <figure class="plot">
      <svg viewBox={`0 0 ${WIDE} ${HIGH + 4}`} role="img"
        aria-label={`${number(total)} messages, at most ${Math.round(10 * Math.max(...rates)) / 10} a second`}>
        <path class="area" d={`${line}L${x(counts.length)} ${y(0)}L${x(0)} ${y(0)}Z`} />
        <path class="line" d={line} />
        <line x1={LEFT} x2={WIDE} y1={y(0)} y2={y(0)} />
        <text x={LEFT - 6} y={y(top) + 8} text-anchor="end">{top}/s</text>
        <text x={LEFT - 6} y={y(0)} text-anchor="end">0</text>
        <text x={LEFT} y={HIGH}>{when(at(0))}</text>
        <text x={WIDE} y={HIGH} text-anchor="end">{when(at(counts.length))}</text>
      </svg>
      <details>
        <summary>As a table</summary>
        <div class="scroll" tabindex="0" role="region" aria-label="Messages over time">
          <table>
            <thead><tr><th scope="col">from</th><th scope="col">messages</th></tr></thead>
            <tbody>
              {counts.map((n, i) => <tr key={i}><td>{when(at(i))}</td><td class="n">{number(n)}</td></tr>)}
            </tbody>
          </table>
        </div>
      </details>
    </figure>
  );
}
