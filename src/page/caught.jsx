// What stands in the place of a part that failed.
import { Component } from "preact";

export class Caught extends Component {
  static getDerivedStateFromError(problem) {
    return { problem };
  }

  render({ children }, { problem }) {
    if (!problem) return children;
    return (
      <div class="problem" role="alert">
        <p>This part of the page failed: {String(problem.message ?? problem)}</p>
        <p><button type="button" onClick={() => location.reload()}>Load it again</button></p>
      </div>
    );
  }
}
