// What people answered, as bars and numbers; and what came back otherwise.
import { count, number } from "./words.js";

const FIRST = 10; // comments that are shown at once

const percent = (n) => `${Math.round(n * 10) / 10} %`;

function Choices({ question }) {
  return (
    <table class="results">
      <caption>{question.kind === "many"
        ? `Of ${count(question.answered, "person", "people")}, who could choose several`
        : count(question.answered, "answer")}</caption>
      <thead>
        <tr><th scope="col">choice</th><th scope="col" class="n">answers</th><th scope="col" class="n">share</th>
          <td class="drawn" /></tr>
      </thead>
      <tbody>
        {question.choices.map((choice) => (
          <tr key={choice.value}>
            <th scope="row">{choice.title}</th>
            <td class="n">{number(choice.count)}</td>
            <td class="n">{percent(choice.percent)}</td>
            <td class="drawn"><span class="share" aria-hidden="true" style={{ width: `${choice.percent}%` }} /></td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Comments({ comments }) {
  if (!comments.length) return <p class="quiet">Nobody wrote anything.</p>;
  const list = (some) => <ul>{some.map((text, i) => <li key={i}>{text}</li>)}</ul>;
  const rest = comments.length - FIRST;
  return (
    <>
      {list(comments.slice(0, FIRST))}
      {rest > 0 && <details><summary>And {number(rest)} more</summary>{list(comments.slice(FIRST))}</details>}
    </>
  );
}

function Question({ question }) {
  return (
    <>
      <h3>{question.title}</h3>
      {question.hidden && <p class="quiet">Too few answers yet: those of an anonymous poll are not shown.</p>}
      {!question.hidden && (question.kind === "text"
        ? <Comments comments={question.comments} /> : <Choices question={question} />)}
    </>
  );
}

/** @param {{results: ?object}} props as `crier results --json` has it, with `heading` and `echoed` */
export function Results({ results }) {
  if (!results) return null;
  return (
    <section aria-labelledby="results">
      <h2 id="results">{results.heading ? "Answers" : "What came back"}</h2>
      {results.heading && <p>{results.heading}.</p>}
      {results.echoed.map((line) => <p key={line}>{line}.</p>)}
      {results.questions.map((question) => <Question key={question.name} question={question} />)}
    </section>
  );
}
