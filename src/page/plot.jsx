// Messages over time, as a drawing and as a table.
import { number, when } from "./words.js";

// The least of 1, 2, 5, 10, 20, … that is not below a number.
function ceiling(n) {
  const step = 10 ** Math.floor(Math.log10(Math.max(n, 1e-9)));
  return [1, 2, 5, 10].map((factor) => factor * step).find((top) => top >= n * (1 - 1e-9));
}

// A point of time on the axis: its day too where there are several.
const moment = (iso, isLong) => new Date(iso).toLocaleString([], { hour: "2-digit", minute: "2-digit",
  ...(isLong ? { month: "short", day: "numeric" } : { second: "2-digit" }) });

const short = (n) => Math.round(n * 100) / 100;

function Bars({ rates, top }) {
  return rates.map((rate, i) => rate > 0 && (
    <rect key={i} x={i + 0.08} width={0.84} y={100 - (100 * rate) / top} height={(100 * rate) / top} />
  ));
}

/** @param {{from: string, width_s: number, counts: number[]}} timeline */
export function Plot({ timeline }) {
  if (!timeline?.counts?.length) return <p class="quiet">Nothing has been sent yet.</p>;
  const { counts, width_s: width } = timeline;
  const rates = counts.map((n) => n / width);
  const most = Math.max(...rates), top = ceiling(most);
  const at = (i) => new Date(Date.parse(timeline.from) + i * width * 1000).toISOString();
  const isLong = counts.length * width > 86400;
  const total = counts.reduce((a, b) => a + b, 0);
  const said = `${number(total)} messages, at most ${short(most)} a second`;
  return (
    <figure class="plot">
      <figcaption class="quiet">{said}</figcaption>
      <div class="frame">
        <div class="ys" aria-hidden="true"><span>{short(top)}/s</span><span>{short(top / 2)}</span><span>0</span></div>
        <svg viewBox={`0 0 ${counts.length} 100`} preserveAspectRatio="none" role="img" aria-label={said}>
          {[0, 50, 100].map((y) => <line key={y} x1="0" x2={counts.length} y1={y} y2={y} />)}
          <Bars rates={rates} top={top} />
        </svg>
        <div class="xs" aria-hidden="true"><span>{moment(at(0), isLong)}</span><span>{moment(at(counts.length), isLong)}</span></div>
      </div>
      <details>
        <summary>The numbers of this plot</summary>
        <table>
          <thead><tr><th scope="col">from</th><th scope="col" class="n">messages</th></tr></thead>
          <tbody>
            {counts.map((n, i) => <tr key={i}><td>{when(at(i))}</td><td class="n">{number(n)}</td></tr>)}
          </tbody>
        </table>
      </details>
    </figure>
  );
}
