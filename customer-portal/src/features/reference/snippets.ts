/** One call in the languages that customers write. */

export const LANGUAGES = ["curl", "python", "typescript"] as const;
export type Language = (typeof LANGUAGES)[number];

export interface Call {
  method: string;
  url: string;
  /** Besides that of the key. */
  headers?: Record<string, string>;
  /** Sent as JSON. */
  body?: unknown;
}

/** The variable that stands for a key that is not at hand. */
const VARIABLE = "OPENREG_API_KEY";

/** The call as code. Without a secret the key is read from the environment. */
export function snippet(language: Language, call: Call, secret: string | null): string {
  return { curl, python, typescript }[language](call, secret);
}

/** Names and values besides that of the key. */
function moreHeaders({ headers = {}, body }: Call): [string, string][] {
  return [...Object.entries(headers), ...(body === undefined ? [] : [JSON_CONTENT])];
}

const JSON_CONTENT: [string, string] = ["Content-Type", "application/json"];

function curl(call: Call, secret: string | null): string {
  const { method, url, body } = call;
  const lines = [`curl ${method === "GET" ? "" : `-X ${method} `}${quoted(url)}`];
  lines.push(`  -H "Authorization: Bearer ${secret ?? `$${VARIABLE}`}"`);
  for (const [name, value] of moreHeaders(call)) lines.push(`  -H ${quoted(`${name}: ${value}`)}`);
  if (body !== undefined) lines.push(`  -d ${quoted(JSON.stringify(body))}`);
  return lines.join(" \\\n");
}

function python(call: Call, secret: string | null): string {
  const { method, url, body } = call;
  const key = secret === null ? `"Bearer " + os.environ["${VARIABLE}"]` : JSON.stringify(`Bearer ${secret}`);
  const more = moreHeaders(call).map(
    ([name, value]) => `    ${JSON.stringify(name)}: ${JSON.stringify(value)},`,
  );
  const data = body === undefined ? "" : `, data=json.dumps(body).encode()`;
  return [
    "import json",
    ...(secret === null ? ["import os"] : []),
    "from urllib.request import Request, urlopen",
    "",
    ...(body === undefined ? [] : [`body = json.loads(${JSON.stringify(JSON.stringify(body))})`]),
    "headers = {",
    `    "Authorization": ${key},`,
    ...more,
    "}",
    `request = Request(${JSON.stringify(url)}, method="${method}", headers=headers${data})`,
    "with urlopen(request) as answer:",
    "    print(json.load(answer))",
  ].join("\n");
}

function typescript(call: Call, secret: string | null): string {
  const { method, url, body } = call;
  const key =
    secret === null ? "`Bearer ${process.env." + VARIABLE + "}`" : JSON.stringify(`Bearer ${secret}`);
  const more = moreHeaders(call).map(
    ([name, value]) => `    ${JSON.stringify(name)}: ${JSON.stringify(value)},`,
  );
  return [
    `const answer = await fetch(${JSON.stringify(url)}, {`,
    ...(method === "GET" ? [] : [`  method: "${method}",`]),
    ...(more.length === 0
      ? [`  headers: { Authorization: ${key} },`]
      : ["  headers: {", `    Authorization: ${key},`, ...more, "  },"]),
    ...(body === undefined ? [] : [`  body: JSON.stringify(${JSON.stringify(body)}),`]),
    "});",
    "console.log(await answer.json());",
  ].join("\n");
}

/** For a shell: nothing inside of it is read as anything but text. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
