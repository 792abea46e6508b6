/** A test of a connection: each step appears when it is known how it went. */
import { Button, Stack, Text } from "@mantine/core";
import { Callout, ErrorState, Panel, StepList, type ShownStep } from "@openreg/ui";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { UnconfirmedHostKey } from "@/forms/UnconfirmedHostKey";
import type { OnStep, TestResult, TestStep } from "./api";
import { connectorMessages } from "./messages";

const text = connectorMessages.test;

interface ConnectionTestProps {
  hint: string;
  run: (onStep: OnStep) => Promise<TestResult>;
  onDone?: () => void;
  isDisabled?: boolean;
  /** Whether the way leads through an SSH server, which is a step of its own. */
  hasTunnel?: boolean;
  /** Given where the host key of that server can be confirmed. */
  onConfirm?: (fingerprint: string) => void;
  /** What the test of this kind of source consists of. */
  stepNames?: readonly string[];
}

export function ConnectionTest({ hint, run, onDone, isDisabled = false, ...way }: ConnectionTestProps) {
  const { hasTunnel = false, onConfirm, stepNames = text.steps } = way;
  const [steps, setSteps] = useState<TestStep[]>([]);
  const test = useMutation({
    mutationFn: () => {
      setSteps([]);
      return run((step) => setSteps((before) => [...before, step]));
    },
    onSuccess: onDone,
  });
  const hostKey = test.isPending ? undefined : test.data?.steps.find((step) => step.host_key)?.host_key;
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
        {hostKey && onConfirm && (
          <UnconfirmedHostKey
            fingerprint={hostKey}
            onConfirm={() => {
              onConfirm(hostKey);
              test.reset();
            }}
          />
        )}
        {test.data && !test.isPending && !(hostKey && onConfirm) && (
          <Callout
            tone={test.data.ok ? "success" : "failed"}
            title={test.data.ok ? text.passed : text.failed}
          />
        )}
        {(test.data ?? test.isPending) && (
          <StepList label={text.label} steps={shownSteps(steps, test.isPending, hasTunnel, stepNames)} />
        )}
      </Stack>
    </Panel>
  );
}

/** Every step in its place, also those that were not tried after one that failed. */
export function shownSteps(
  done: readonly TestStep[],
  isRunning: boolean,
  hasTunnel: boolean,
  stepNames: readonly string[] = text.steps,
): ShownStep[] {
  const hasFailed = done.some((step) => !step.ok);
  const isKnown = (name: string) => done.some((step) => step.name === name);
  const names = [
    ...(isKnown("driver") ? ["driver"] : []),
    ...(isKnown("file")
      ? text.databaseFileSteps
      : stepNames.filter((name) => name !== "tunnel" || hasTunnel)),
  ];
  return names.map((name, index) => {
    const step = done.find((one) => one.name === name);
    const isNext = isRunning && !hasFailed && index === done.length;
    if (!step) return { name: text.stepName(name), state: isNext ? "running" : "waiting" };
    return {
      name: text.stepName(name),
      state: step.ok ? "ok" : "failed",
      message: step.message,
      fix: step.fix,
    };
  });
}
