/** One call in the languages that customers write. */

export const LANGUAGES = ["curl", "python", "typescript"] as const;
export type Language = (typeof LANGUAGES)[number];

export interface Call {
  method: string;
  url: string;
  /** Sent as JSON. */
  body?: unknown;
}

/** The variable that stands for a key that is not at hand. */
const VARIABLE = "OPENREG_API_KEY";

/** The call as code. Without a secret the key is read from the environment. */
export function snippet(language: Language, call: Call, secret: string | null): string {
  return { curl, python, typescript }[language](call, secret);
}

function curl({ method, url, body }: Call, secret: string | null): string {
  const lines = [`curl ${method === "GET" ? "" : `-X ${method} `}${quoted(url)}`];
  lines.push(`  -H "Authorization: Bearer ${secret ?? `$${VARIABLE}`}"`);
  if (body !== undefined) {
    lines.push(`  -H "Content-Type: application/json"`);
    lines.push(`  -d ${quoted(JSON.stringify(body))}`);
  }
  return lines.join(" \\\n");
}

function python({ method, url, body }: Call, secret: string | null): string {
  const key = secret === null ? `"Bearer " + os.environ["${VARIABLE}"]` : JSON.stringify(`Bearer ${secret}`);
  const headers = [`    "Authorization": ${key},`];
  if (body !== undefined) headers.push(`    "Content-Type": "application/json",`);
  const data = body === undefined ? [] : [`body = json.loads(${JSON.stringify(JSON.stringify(body))})`, ""];
  const more = body === undefined ? "" : `, data=json.dumps(body).encode()`;
  return [
    "import json",
    ...(secret === null ? ["import os"] : []),
    "from urllib.request import Request, urlopen",
    "",
    ...data,
    "headers = {",
    ...headers,
    "}",
    `request = Request(${JSON.stringify(url)}, method="${method}", headers=headers${more})`,
    "with urlopen(request) as answer:",
    "    print(json.load(answer))",
  ].join("\n");
}

function typescript({ method, url, body }: Call, secret: string | null): string {
  const key =
    secret === null ? "`Bearer ${process.env." + VARIABLE + "}`" : JSON.stringify(`Bearer ${secret}`);
  const lines = [`const answer = await fetch(${JSON.stringify(url)}, {`];
  if (method !== "GET") lines.push(`  method: "${method}",`);
  if (body === undefined) {
    lines.push(`  headers: { Authorization: ${key} },`);
  } else {
    lines.push(
      "  headers: {",
      `    Authorization: ${key},`,
      `    "Content-Type": "application/json",`,
      "  },",
    );
    lines.push(`  body: JSON.stringify(${JSON.stringify(body)}),`);
  }
  return [...lines, "});", "console.log(await answer.json());"].join("\n");
}

/** For a shell: nothing inside of it is read as anything but text. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
