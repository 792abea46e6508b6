/** A test of a connection, step by step. */
import { Button, Stack, Text } from "@mantine/core";
import { Callout, ErrorState, Panel, StepList, type ShownStep } from "@openreg/ui";
import { useMutation } from "@tanstack/react-query";
import type { Schema } from "@/api/types";
import { connectorMessages } from "./messages";

type Found = Schema<"TestAnswer">;

const text = connectorMessages.test;

interface ConnectionTestProps {
  hint: string;
  run: () => Promise<Found>;
  isDisabled?: boolean;
}

export function ConnectionTest({ hint, run, isDisabled = false }: ConnectionTestProps) {
  const test = useMutation({ mutationFn: run });
  return (
    <Panel
      title={text.title}
      aside={
        <Button
          variant="default"
          loading={test.isPending}
          disabled={isDisabled}
          onClick={() => test.mutate()}
        >
          {test.data ? text.again : text.action}
        </Button>
      }
    >
      <Stack gap="md">
        <Text c="dimmed">{hint}</Text>
        {test.isError && <ErrorState error={test.error} />}
        {test.data && !test.isPending && (
          <Callout
            tone={test.data.ok ? "success" : "failed"}
            title={test.data.ok ? text.passed : text.failed}
          />
        )}
        {(test.data ?? test.isPending) && (
          <StepList label={text.label} steps={shownSteps(test.isPending ? undefined : test.data)} />
        )}
      </Stack>
    </Panel>
  );
}

/** Every step in its place, also those that were not tried after one that failed. */
export function shownSteps(found: Found | undefined): ShownStep[] {
  return text.steps.map((name, index) => {
    const step = found?.steps.find((one) => one.name === name);
    if (!step) return { name: text.stepName(name), state: !found && index === 0 ? "running" : "waiting" };
    return {
      name: text.stepName(name),
      state: step.ok ? "ok" : "failed",
      message: step.message,
      fix: step.fix,
    };
  });
}
