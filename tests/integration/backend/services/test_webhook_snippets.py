"""What partners copy from the documentation verifies what is sent: each snippet in its own language.

Go and Java run where their tools are installed; Python and Node.js are always there.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from base64 import b64encode
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from pydantic import SecretStr

from backend.domain.webhook_secrets import WebhookSecrets, private_key
from backend.domain.webhooks import WebhookEventType, WebhookMessage
from tests.harness.processes import ROOT

HOW_TO = ROOT / "docs" / "how-to" / "receive-webhooks.md"
#: A request a line: secret, webhook-id, webhook-timestamp, webhook-signature, body in base64. Answered: yes or no.
PYTHON = """
import sys
for line in sys.stdin:
    secret, name, sent, signature, body = line.rstrip("\\n").split("\\t")
    headers = {"webhook-id": name, "webhook-timestamp": sent, "webhook-signature": signature}
    try:
        verify(secret, headers, base64.b64decode(body))
        print("yes")
    except ValueError:
        print("no")
"""
TYPESCRIPT = """
import { readFileSync } from "node:fs";
for (const line of readFileSync(0, "utf8").trimEnd().split("\\n")) {
  const [secret, name, sent, signature, body] = line.split("\\t") as [string, string, string, string, string];
  const headers = { "webhook-id": name, "webhook-timestamp": sent, "webhook-signature": signature };
  try {
    verify(secret, headers, Buffer.from(body, "base64"));
    console.log("yes");
  } catch {
    console.log("no");
  }
}
"""
GO = """
package main

import (
	"bufio"
	"encoding/base64"
	"fmt"
	"os"
	"strings"
)

func main() {
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		one := strings.Split(lines.Text(), "\\t")
		headers := map[string]string{"webhook-id": one[1], "webhook-timestamp": one[2], "webhook-signature": one[3]}
		body, _ := base64.StdEncoding.DecodeString(one[4])
		if Verify(one[0], headers, body) == nil {
			fmt.Println("yes")
		} else {
			fmt.Println("no")
		}
	}
}
"""
JAVA = """
final class Main {
    public static void main(String[] arguments) throws Exception {
        var lines = new java.io.BufferedReader(new java.io.InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            String[] one = line.split("\\t", -1);
            var headers = Map.of("webhook-id", one[1], "webhook-timestamp", one[2], "webhook-signature", one[3]);
            try {
                Webhooks.verify(one[0], headers, Base64.getDecoder().decode(one[4]));
                System.out.println("yes");
            } catch (GeneralSecurityException refused) {
                System.out.println("no");
            }
        }
    }
}
"""
#: Node.js 20 runs no TypeScript: the compiler of the user interface takes the types out, after it has checked them.
TSC = (
    "node_modules/.bin/tsc --strict --noUncheckedIndexedAccess --target es2022 --module nodenext "
    "--moduleResolution nodenext --types node --typeRoots {root}/node_modules/@types --outDir out verify.mts"
)


@dataclass(frozen=True, slots=True)
class Toolchain:
    """The files beside the snippet, how they are built, and how they are run."""

    language: str
    files: dict[str, str]
    commands: tuple[tuple[str, ...], ...]


def toolchains() -> list[Toolchain]:
    """Those that are here; the snippet stands for ``{snippet}``."""
    tsc = tuple(str(ROOT / one) if one.startswith("node_modules") else one for one in TSC.split(" "))
    tsc = tuple(one.format(root=ROOT) for one in tsc)
    found = [
        Toolchain("python", {"verify.py": "{snippet}" + PYTHON}, ((sys.executable, "verify.py"),)),
        Toolchain("typescript", {"verify.mts": "{snippet}" + TYPESCRIPT}, (tsc, ("node", "out/verify.mjs"))),
    ]
    if shutil.which("go"):
        files = {"verify.go": "{snippet}", "main.go": GO, "go.mod": "module verify\n"}
        found.append(Toolchain("go", files, (("go", "build", "-o", "verify", "."), ("./verify",))))
    if shutil.which("javac"):
        build = ("javac", "-Xlint:all", "-Werror", "-d", "out", "Main.java")
        found.append(Toolchain("java", {"Main.java": "{snippet}" + JAVA}, (build, ("java", "-cp", "out", "Main"))))
    return found


def requests() -> list[tuple[list[str], str]]:
    """Lines for the snippets, and what they have to answer."""
    now, own = datetime.now(UTC), WebhookSecrets.fresh().with_key_pair()
    rotated = own.rotated(timedelta(hours=1), now)
    assert own.signing_key is not None
    key = private_key(own.signing_key)
    body = '{"type":"run.completed","data":{"name":"Grüße"}}'.encode()

    def line(at: datetime, secrets: list[SecretStr], verified_with: SecretStr, changed: bytes = body) -> list[str]:
        message = WebhookMessage(UUID(int=1), WebhookEventType.RUN_COMPLETED, UUID(int=2), body)
        headers = message.headers(secrets, at=at, private_key=key)
        sent = [headers[name] for name in ("webhook-id", "webhook-timestamp", "webhook-signature")]
        return [verified_with.get_secret_value(), *sent, b64encode(changed).decode()]

    alone = [own.current]
    good = line(now, alone, own.current)
    other_id, no_signature, no_time = good.copy(), good.copy(), good.copy()
    other_id[1], no_signature[3], no_time[2] = str(UUID(int=3)), "", "yesterday"
    return [
        (good, "yes"),
        (line(now - timedelta(seconds=280), alone, own.current), "yes"),
        (line(now + timedelta(seconds=280), alone, own.current), "yes"),
        (line(now - timedelta(seconds=320), alone, own.current), "no"),
        (line(now + timedelta(seconds=320), alone, own.current), "no"),
        (line(now, rotated.in_use(now), own.current), "yes"),
        (line(now, rotated.in_use(now), rotated.current), "yes"),
        (line(now, alone, rotated.current), "no"),
        (line(now, alone, own.current, body + b" "), "no"),
        (other_id, "no"),
        (no_signature, "no"),
        (no_time, "no"),
    ]


@pytest.mark.parametrize("tools", toolchains(), ids=lambda tools: tools.language)
def test_the_snippet_accepts_what_is_sent_and_refuses_what_is_not(tools: Toolchain, tmp_path: Path) -> None:
    snippets = re.findall(
        rf"^```{tools.language}\n(.*?)^```", HOW_TO.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )
    assert len(snippets) == 1
    for name, text in tools.files.items():
        (tmp_path / name).write_text(text.replace("{snippet}", snippets[0]), encoding="utf-8")
    for command in tools.commands[:-1]:
        subprocess.run(command, cwd=tmp_path, check=True, timeout=300)
    wanted = requests()
    lines = "".join("\t".join(fields) + "\n" for fields, _ in wanted)
    ran = subprocess.run(
        tools.commands[-1], cwd=tmp_path, input=lines, text=True, capture_output=True, check=True, timeout=60
    )
    assert ran.stdout.split() == [verdict for _, verdict in wanted], ran.stderr
