/** Changing a customer by hand, suspending it with a reason, and resuming it. */
import { Button } from "@mantine/core";
import { ConfirmDialog, showDone } from "@openreg/ui";
import type { Tagged } from "@openreg/ui/api";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { ReasonDialog } from "@/features/exceptions/ReasonDialog";
import { customerKeys, resumeCustomer, suspendCustomer, type CustomerDetail } from "./api";
import { ChangeDialog } from "./ChangeDialog";
import { customerMessages as text } from "./messages";

const MOST_REASON = 500;
type Step = "change" | "suspend" | "resume";

export function CustomerActions({ stored }: { stored: Tagged<CustomerDetail> }) {
  const customer = stored.body;
  const [step, setStep] = useState<Step | null>(null);
  const queries = useQueryClient();
  const close = () => setStep(null);

  async function done(message: string) {
    showDone(message);
    await queries.invalidateQueries({ queryKey: customerKeys.all });
  }

  return (
    <>
      <Button variant="default" onClick={() => setStep("change")}>
        {text.change.action}
      </Button>
      {customer.state === "suspended" ? (
        <Button variant="default" onClick={() => setStep("resume")}>
          {text.resume.action}
        </Button>
      ) : (
        <Button variant="default" onClick={() => setStep("suspend")}>
          {text.suspend.action}
        </Button>
      )}
      <ChangeDialog
        stored={stored}
        isOpen={step === "change"}
        onClose={close}
        onDone={() => done(text.change.done)}
      />
      <ReasonDialog
        isOpen={step === "suspend"}
        onClose={close}
        title={text.suspend.title(customer.name)}
        action={text.suspend.action}
        label={text.suspend.reason}
        mostCharacters={MOST_REASON}
        onConfirm={async (reason) => {
          await suspendCustomer(customer.id, reason);
          await done(text.suspend.done);
        }}
      >
        {text.suspend.text}
      </ReasonDialog>
      <ConfirmDialog
        isOpen={step === "resume"}
        onClose={close}
        title={text.resume.title(customer.name)}
        action={text.resume.action}
        onConfirm={async () => {
          await resumeCustomer(customer.id);
          await done(text.resume.done);
        }}
      >
        {text.resume.text}
      </ConfirmDialog>
    </>
  );
}
