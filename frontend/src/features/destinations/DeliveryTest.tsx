/** A test of a destination, step by step. What nobody has confirmed yet is shown to be compared. */
import { Button, Stack, Text } from "@mantine/core";
import { Callout, ErrorState, Panel, StepList, type ShownStep } from "@openreg/ui";
import { useMutation } from "@tanstack/react-query";
import { UnconfirmedHostKey } from "@/forms/UnconfirmedHostKey";
import type { DestinationKindName, DestinationTest } from "./api";
import { shownInTest, type Shown } from "./identities";
import { KINDS } from "./kinds";
import { destinationMessages } from "./messages";

const text = destinationMessages.test;

interface DeliveryTestProps {
  kind: DestinationKindName;
  run: () => Promise<DestinationTest>;
  isDisabled?: boolean;
  /** Given where what the server shows can be confirmed. */
  onConfirm?: (shown: Shown) => void;
}

export function DeliveryTest({ kind, run, isDisabled = false, onConfirm }: DeliveryTestProps) {
  const test = useMutation({ mutationFn: run });
  const found = test.isPending ? undefined : test.data;
  const shown = shownInTest(found);
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
        <Text c="dimmed">{kind === "email" ? text.mailHint : text.hint}</Text>
        {test.isError && <ErrorState error={test.error} />}
        {found && !(shown && onConfirm) && (
          <Callout
            tone={found.ok ? "success" : "failed"}
            title={found.ok ? text.passed : text.failed}
            role="status"
          />
        )}
        {shown && onConfirm && (
          <UnconfirmedHostKey
            fingerprint={shown.fingerprint}
            what={shown.identity}
            onConfirm={() => {
              onConfirm(shown);
              test.reset();
            }}
          />
        )}
        {(test.data ?? test.isPending) && <StepList label={text.label} steps={shownSteps(kind, found)} />}
      </Stack>
    </Panel>
  );
}

/** Every step in its place, also those that were not tried; of a test that succeeded, those it had. */
export function shownSteps(kind: DestinationKindName, found: DestinationTest | undefined): ShownStep[] {
  const known = KINDS[kind].steps;
  const names = found?.ok ? found.steps.map((one) => one.name) : known;
  return names.map((name, index) => {
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
