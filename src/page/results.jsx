// What people answered, as bars and numbers.
import { count, number, share } from "./words.js";

/** @param {{results: {questions: object[], hidden: ?string}}} props see `crier results --json` */
export function Results({ results }) {
  if (!results) return null;
  return (
    <section aria-labelledby="results">
      <h2 id="results">Answers</h2>
      {results.hidden && <p>{results.hidden}</p>}
      {(results.questions ?? []).map((question) => (
        <table key={question.name} class="results">
          <caption>{question.title ?? question.name}: {count(question.answered, "answer")}</caption>
          <tbody>
            {question.choices.map((choice) => (
              <tr key={choice.value}>
                <th scope="row">{choice.title ?? choice.value}</th>
                <td class="n">{number(choice.count)}</td>
                <td class="n">{share(choice.count, question.answered)}</td>
                <td class="drawn">
                  <span class="share" aria-hidden="true"
                    style={{ width: share(choice.count, question.answered).replace(" ", "") }} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      ))}
    </section>
  );
}
