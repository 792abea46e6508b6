/** Where an exception stands, when there is more to say than its state. */
import { Button, Text } from "@mantine/core";
import { Callout, LinkButton, showDone } from "@openreg/ui";
import { useState } from "react";
import { useMay, useOwnId } from "@/features/account/api";
import { chosenOf, decideAcceptance, type ExceptionDetail } from "./api";
import { detailMessages } from "./detailMessages";
import { ReasonDialog } from "./ReasonDialog";
import { useRefresh } from "./useRefresh";

const text = detailMessages;

export function Standing({ found }: { found: ExceptionDetail }) {
  if (found.proposed_by) return <Proposal found={found} />;
  if (found.supplemental_run_id && found.state !== "open" && found.state !== "amended") {
    const isResolved = found.state === "resolved";
    return (
      <Callout
        tone={isResolved ? "success" : "running"}
        title={isResolved ? text.resubmitted.resolvedTitle : text.resubmitted.title}
        fix={isResolved ? null : text.resubmitted.text}
        actions={
          <LinkButton variant="default" to="/runs/$runId" params={{ runId: found.supplemental_run_id }}>
            {text.resubmitted.open}
          </LinkButton>
        }
      />
    );
  }
  if (found.justification) {
    return (
      <Callout tone="neutral" title={text.justified}>
        <Text>{found.justification}</Text>
      </Callout>
    );
  }
  return null;
}

/** A second person has to agree that the record stays out; who asked for it may not. */
function Proposal({ found }: { found: ExceptionDetail }) {
  const ownId = useOwnId();
  const mayApprove = useMay("exceptions:approve") && found.proposed_by !== ownId;
  const [asked, setAsked] = useState<"agree" | "decline" | null>(null);
  const refresh = useRefresh();
  async function decide(isApproved: boolean, comment: string) {
    await decideAcceptance(chosenOf([found]), isApproved, comment);
    showDone(isApproved ? text.decide.accepted : text.decide.declined);
    await refresh();
  }
  return (
    <Callout
      tone="warning"
      title={text.decide.proposedTitle}
      fix={mayApprove ? null : text.decide.proposedOwn}
      actions={
        mayApprove && (
          <>
            <Button variant="default" onClick={() => setAsked("decline")}>
              {text.decide.decline}
            </Button>
            <Button onClick={() => setAsked("agree")}>{text.decide.agree}</Button>
          </>
        )
      }
    >
      <Text>{found.justification}</Text>
      <ReasonDialog
        isOpen={asked !== null}
        onClose={() => setAsked(null)}
        title={asked === "agree" ? text.decide.agreeTitle : text.decide.declineTitle}
        action={asked === "agree" ? text.decide.agree : text.decide.decline}
        onConfirm={(comment) => decide(asked === "agree", comment)}
      >
        {text.decide.agreeText}
      </ReasonDialog>
    </Callout>
  );
}
