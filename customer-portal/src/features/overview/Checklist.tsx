/** The way to the first call; gone when every step was taken. */
import { Button, Group, Loader, Text } from "@mantine/core";
import { AppLink, Panel, TodoList } from "@openreg/ui";
import { useMay } from "@/features/account/api";
import { nextStep, STEPS, type Step } from "./checklist";
import { overviewMessages } from "./messages";
import type { FirstCallWatch } from "./useFirstCall";

const text = overviewMessages.checklist;

interface ChecklistProps {
  done: Record<Step, boolean>;
  firstCall: FirstCallWatch;
}

export function Checklist({ done, firstCall }: ChecklistProps) {
  const next = nextStep(done);
  return (
    <Panel title={text.title}>
      <TodoList
        done={text.done}
        open={text.open}
        items={STEPS.map((step) => ({
          key: step,
          isDone: done[step],
          title: <StepName step={step} isNext={step === next} />,
          text: text.steps[step].text,
          more: step === "call" && step === next && <Waiting firstCall={firstCall} />,
        }))}
      />
    </Panel>
  );
}

function StepName({ step, isNext }: { step: Step; isNext: boolean }) {
  const name = text.steps[step].name;
  const maySeePlans = useMay("billing:read");
  const mayMakeKeys = useMay("keys:write");
  if (isNext && step === "key" && mayMakeKeys)
    return (
      <AppLink to="/keys" search={{ create: true }}>
        {name}
      </AppLink>
    );
  if (isNext && step === "plan" && maySeePlans)
    return (
      <AppLink to="/plan" search={{}}>
        {name}
      </AppLink>
    );
  return <Text fw={isNext ? 600 : 400}>{name}</Text>;
}

function Waiting({ firstCall }: { firstCall: FirstCallWatch }) {
  if (firstCall.isWatching)
    return (
      <Group gap="xs" role="status" pt="xs">
        <Loader size={12} aria-hidden />
        <Text size="xs">{text.waiting}</Text>
      </Group>
    );
  return (
    <Button variant="default" mt="xs" onClick={firstCall.watch}>
      {text.check}
    </Button>
  );
}
