/** The API call behind a page, for a terminal. The key is a variable: no real one ever stands in a command. */
import { Button, CopyButton as Copy } from "@mantine/core";
import { IconTerminal2 } from "@tabler/icons-react";
import { uiMessages } from "../messages";

export interface CurlCall {
  method?: string;
  url: string;
  body?: unknown;
}

export function curlCommand({ method = "GET", url, body }: CurlCall): string {
  const parts = [
    "curl",
    ...(method === "GET" ? [] : ["-X", method]),
    quote(url),
    "-H",
    '"Authorization: Bearer $OPENREG_API_KEY"',
  ];
  if (body !== undefined)
    parts.push("-H", quote("Content-Type: application/json"), "-d", quote(JSON.stringify(body)));
  return parts.join(" ");
}

export function CurlButton(call: CurlCall) {
  return (
    <Copy
      value={curlCommand({ ...call, url: new URL(call.url, window.location.origin).href })}
      timeout={2000}
    >
      {({ copied, copy }) => (
        <Button variant="default" leftSection={<IconTerminal2 size={14} aria-hidden />} onClick={copy}>
          {copied ? uiMessages.copied : uiMessages.copyCurl}
        </Button>
      )}
    </Copy>
  );
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
