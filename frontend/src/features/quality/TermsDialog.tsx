/** When a report is due, beyond which limits people are told, and when a held record is old. */
import { Button, Group, Modal, NumberInput, Skeleton, Stack, TextInput } from "@mantine/core";
import { ErrorState, showDone, uiMessages } from "@openreg/ui";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState, type SyntheticEvent } from "react";
import {
  indicators,
  qualityKeys,
  qualityTermsQuery,
  saveQualityTerms,
  type QualityTerms,
  type ReportQuality,
} from "./api";
import { qualityMessages as text } from "./messages";
import styles from "./quality.module.css";
import { limitText, withLimit, type Limits } from "./terms";

interface TermsDialogProps {
  isOpen: boolean;
  report: ReportQuality;
  onClose: () => void;
}

export function TermsDialog({ isOpen, report, onClose }: TermsDialogProps) {
  const query = useQuery({ ...qualityTermsQuery(report.report_id), enabled: isOpen });
  return (
    <Modal
      opened={isOpen}
      onClose={onClose}
      size="lg"
      title={text.termsTitle(report.report_name)}
      closeButtonProps={{ "aria-label": uiMessages.close }}
    >
      {query.isError && <ErrorState error={query.error} onRetry={() => void query.refetch()} />}
      {query.isPending && <Skeleton height={320} />}
      {query.data && <Form terms={query.data} reportId={report.report_id} onClose={onClose} />}
    </Modal>
  );
}

interface FormProps {
  terms: QualityTerms;
  reportId: string;
  onClose: () => void;
}

function Form({ terms, reportId, onClose }: FormProps) {
  const queries = useQueryClient();
  const [dueTime, setDueTime] = useState((terms.due_time ?? "").slice(0, 5));
  const [dueDays, setDueDays] = useState<number | string>(terms.due_days);
  const [holdDays, setHoldDays] = useState<number | string>(terms.hold_days);
  const [limits, setLimits] = useState<Limits>(terms.thresholds);
  const saving = useMutation({
    mutationFn: () =>
      saveQualityTerms(reportId, {
        due_time: dueTime || null,
        due_days: Number(dueDays),
        hold_days: Number(holdDays),
        thresholds: limits,
      }),
    onSuccess: () => {
      void queries.invalidateQueries({ queryKey: qualityKeys.all });
      showDone(text.saved);
      onClose();
    },
  });

  function submit(event: SyntheticEvent) {
    event.preventDefault();
    saving.mutate();
  }

  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="md">
        <div className={styles.limits}>
          <TextInput
            type="time"
            label={text.dueTime}
            description={text.dueTimeHint}
            value={dueTime}
            onChange={(event) => setDueTime(event.currentTarget.value)}
          />
          <NumberInput label={text.dueDays} min={0} max={30} value={dueDays} onChange={setDueDays} />
          <NumberInput label={text.holdDays} min={1} max={365} value={holdDays} onChange={setHoldDays} />
        </div>
        {indicators
          .filter((indicator) => indicator !== "rejection_rate")
          .map((indicator) => (
            <div key={indicator} className={styles.limits}>
              {(["warning", "critical"] as const).map((severity) => (
                <NumberInput
                  key={severity}
                  label={severity === "warning" ? text.warningOf(indicator) : text.criticalOf(indicator)}
                  description={hintOf(indicator)}
                  allowNegative={indicator === "timeliness"}
                  decimalScale={2}
                  value={limitText(limits, indicator, severity)}
                  onChange={(value) => setLimits(withLimit(limits, indicator, severity, value))}
                />
              ))}
            </div>
          ))}
        {saving.isError && <ErrorState error={saving.error} />}
        <Group justify="flex-end" gap="sm">
          <Button variant="default" onClick={onClose}>
            {uiMessages.cancel}
          </Button>
          <Button type="submit" loading={saving.isPending}>
            {text.save}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function hintOf(indicator: (typeof indicators)[number]): string {
  if (indicator === "timeliness") return text.minutes;
  return indicator === "completeness" || indicator === "validity" ? text.below : text.above;
}
