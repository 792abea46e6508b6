/** Why a run stands where it stands, and what to do about it. */
import { Text } from "@mantine/core";
import { Callout, LinkButton } from "@openreg/ui";
import type { RunDetail } from "./api";
import { runMessages } from "./messages";
import type { RunTab } from "./tabs";

const text = runMessages.reason;

export function RunReason({ run }: { run: RunDetail }) {
  if (run.is_held) {
    return (
      <Callout
        tone="warning"
        title={text.heldTitle}
        actions={<To tab="exceptions">{text.openExceptions}</To>}
      >
        <Text>{text.heldText(run.counts.set_aside)}</Text>
      </Callout>
    );
  }
  const part = (name: string) => {
    const value = run.reason?.[name];
    return typeof value === "string" ? value : null;
  };
  if (run.state === "running" && run.reason) {
    return (
      <Callout tone="warning" title={text.waitingTitle} fix={part("fix") ?? text.waitingFix}>
        <Text>{part("message")}</Text>
      </Callout>
    );
  }
  if (run.state !== "failed") return null;
  const isBlocked = part("code") === "run_blocked";
  return (
    <Callout
      tone="failed"
      title={text.failedTitle}
      fix={part("fix") ?? text.noFix}
      actions={
        <>
          {isBlocked && <To tab="findings">{text.openFindings}</To>}
          <To tab="log">{text.openLog}</To>
        </>
      }
    >
      <Text>{part("message")}</Text>
      <Text size="xs" c="dimmed" className="or-mono">
        {part("code")}
      </Text>
    </Callout>
  );
}

function To({ tab, children }: { tab: RunTab; children: string }) {
  return (
    <LinkButton variant="default" from="/runs/$runId" to="/runs/$runId" search={{ tab }}>
      {children}
    </LinkButton>
  );
}
