/** One step in the life of a version, with what its doer says to it. */
import { Stack, Text, Textarea } from "@mantine/core";
import { DateInput } from "@mantine/dates";
import "@mantine/dates/styles.layer.css";
import { ConfirmDialog, showDone } from "@openreg/ui";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { approvalKeys } from "@/features/approvals/keys";
import { reportKeys } from "@/features/reports/api";
import { takeStep, type Step, type Version } from "./api";
import { versionMessages as text } from "./messages";

interface StepDialogProps {
  version: Pick<Version, "id" | "report_id" | "number">;
  /** Null keeps the dialog closed. */
  step: Step | null;
  onClose: () => void;
  onDone?: (version: Version) => void;
}

const DANGEROUS: Step[] = ["archive", "reject"];

export function StepDialog({ version, step, onClose, onDone }: StepDialogProps) {
  const queries = useQueryClient();
  const [comment, setComment] = useState("");
  const [effectiveFrom, setEffectiveFrom] = useState<string | null>(null);
  const shown = step ? text.steps[step] : null;

  async function confirm() {
    if (!step || !shown) return;
    const done = await takeStep(version, step, { comment, effective_from: effectiveFrom });
    setComment("");
    setEffectiveFrom(null);
    showDone(shown.done);
    void queries.invalidateQueries({ queryKey: reportKeys.all });
    void queries.invalidateQueries({ queryKey: approvalKeys.all });
    onDone?.(done);
  }

  return (
    <ConfirmDialog
      isOpen={step !== null}
      onClose={onClose}
      title={shown?.title(version.number) ?? ""}
      action={shown?.action ?? ""}
      isDangerous={step !== null && DANGEROUS.includes(step)}
      onConfirm={confirm}
    >
      <Stack gap="md">
        <Text size="sm">{shown?.effect}</Text>
        {step === "approve" && (
          <DateInput
            size="xs"
            label={text.effectiveLabel}
            description={text.effectiveHint}
            clearable
            clearButtonProps={{ "aria-label": text.effectiveClear }}
            valueFormat="D MMM YYYY"
            value={effectiveFrom}
            onChange={setEffectiveFrom}
          />
        )}
        {step !== "activate" && (
          <Textarea
            label={text.comment}
            description={step === "reject" ? text.commentNeeded : text.commentHint}
            required={step === "reject"}
            autosize
            minRows={2}
            maxLength={2000}
            value={comment}
            onChange={(event) => setComment(event.currentTarget.value)}
          />
        )}
      </Stack>
    </ConfirmDialog>
  );
}
