// Calls to the server's door. Nothing else in the page talks to anybody.

/** An answer that is no success: `message`, `code`, `remedy`, `status`. */
export class Refusal extends Error {
  constructor(status, error) {
    super(error.message ?? `the server answered ${status}`);
    this.status = status;
    this.code = error.code;
    this.remedy = error.remedy;
  }
}

let csrf = null;
let signedOut = () => {};

/** Takes the token that changes must carry; it comes with who one is. */
export function keepCsrf(token) {
  csrf = token ?? null;
}

/** What to do when the server does not know any more who one is. */
export function whenSignedOut(act) {
  signedOut = act;
}

/**
 * Makes one call.
 * @param {string} method
 * @param {string} path after `/v1`, parts already encoded
 * @param {object} [body] sent as JSON
 * @returns {Promise<object>} the answer's document
 * @throws {Refusal} when the answer is no success, or when none came (status 0)
 */
export async function call(method, path, body) {
  const headers = { accept: "application/json" };
  if (body !== undefined) headers["content-type"] = "application/json";
  if (method !== "GET" && csrf) headers["x-crier-csrf"] = csrf;
  let answer;
  try {
    answer = await fetch(`/v1${path}`, {
      method,
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
      credentials: "same-origin",
      cache: "no-store",
      redirect: "error",
    });
  } catch {
    throw new Refusal(0, { message: "the server does not answer", remedy: "it is tried again" });
  }
  const document = await answer.json().catch(() => ({}));
  if (answer.status === 401 || document.error?.code === "CSRF") signedOut();
  if (!answer.ok) throw new Refusal(answer.status, document.error ?? {});
  return document;
}

/** A part of a path: a name may hold anything. */
export const part = encodeURIComponent;
