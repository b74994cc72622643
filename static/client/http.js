// The few things that go over HTTP: who one is, and files.
import { Refusal } from "./refusal.js";

/** Throws a Refusal; `no_answer` when the desk could not be reached. */
export async function post(path, body, token = null) {
  const headers = { "Content-Type": "application/json" };
  if (token) headers.Authorization = `Bearer ${token}`;
  let response;
  try {
    response = await fetch(path, { method: "POST", headers, body: JSON.stringify(body) });
  } catch {
    throw new Refusal({ code: "no_answer" });
  }
  if (response.status === 204) return null;
  return answerOf(response);
}

/** What the desk says to everybody. Throws a Refusal, also when the answer takes longer than `patience` (ms). */
export async function get(path, { patience }) {
  let response;
  try {
    response = await fetch(path, { signal: AbortSignal.timeout(patience) });
  } catch {
    throw new Refusal({ code: "no_answer" });
  }
  return answerOf(response);
}

/** XMLHttpRequest, because fetch cannot tell how much has gone out. Returns {done: Promise<Upload>, cancel()}. */
export function upload(file, { token, progress }) {
  const request = new XMLHttpRequest();
  const done = new Promise((give, fail) => {
    request.upload.onprogress = ({ loaded, total }) => progress(total ? loaded / total : 0);
    request.onerror = () => fail(new Refusal({ code: "no_answer" }));
    request.onabort = () => fail(new Refusal({ code: "cancelled" }));
    request.onload = () => {
      const answer = parse(request.responseText);
      if (request.status === 201 && answer) give(answer);
      else if (request.status === 201) fail(new Refusal({ code: "no_answer" }));
      else if (request.status === 415) fail(new Refusal({ ...answer, code: "unsupported_type" }));
      else fail(refusalOf(answer ?? {}, request.getResponseHeader("Retry-After")));
    };
  });
  const form = new FormData();
  form.append("file", file, file.name);
  request.open("POST", "/api/uploads");
  request.setRequestHeader("Authorization", `Bearer ${token}`);
  request.send(form);
  return { done, cancel: () => request.abort() };
}

// One that was cut off on its way is none, whatever its status said: nobody is to work with half of it.
async function answerOf(response) {
  const answer = await response.json().catch(() => null);
  if (!response.ok) throw refusalOf(answer ?? {}, response.headers.get("Retry-After"));
  if (answer === null) throw new Refusal({ code: "no_answer" });
  return answer;
}

function refusalOf({ code, detail, fields }, retryAfter) {
  return new Refusal({ code, detail, fields, retry_after: retryAfter });
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
