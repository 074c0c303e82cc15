// The grid's one way to the house: figures in, voices out, a batch taken back.

const headers = () => ({
  "Content-Type": "application/json",
  "X-CSRFToken": JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRFToken"],
});

async function read(answer, words) {
  const isJson = answer.headers.get("Content-Type")?.includes("json");
  if (answer.ok && isJson && !answer.redirected) return answer.json();
  const told = isJson ? await answer.json() : {};
  throw new Error(told.detail || told.title || (answer.redirected ? words.signedOut : words.notTaken));
}

async function ask(address, options, words) {
  let answer;
  try {
    answer = await fetch(address, { credentials: "same-origin", ...options });
  } catch {
    throw new Error(words.noAnswer);
  }
  return read(answer, words);
}

export const figures = (address, words) => ask(address, { headers: { Accept: "application/json" } }, words);
export const post = (address, body, words) => ask(address, { method: "POST", headers: headers(), body: JSON.stringify(body) }, words);
